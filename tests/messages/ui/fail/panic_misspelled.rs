use traced::traced;

#[traced(panic = no)]
fn f() {}

fn main() {
    let _ = f;
}
