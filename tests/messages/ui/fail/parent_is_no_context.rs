use traced::traced;

#[traced(parent = 5)]
fn f() {}

fn main() {
    let _ = f;
}
