use traced::traced;

#[traced(err(Debug))]
fn f() {}

fn main() {
    let _ = f;
}
