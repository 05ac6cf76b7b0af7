use traced::traced;

#[traced(prefix = "")]
fn f() {}

fn main() {
    let _ = f;
}
