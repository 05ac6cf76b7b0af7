use traced::traced;

#[traced(parent = None)]
fn f() {}

fn main() {
    let _ = f;
}
