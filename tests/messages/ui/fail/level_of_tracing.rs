use traced::traced;

#[traced(level = "debug")]
fn f() {}

fn main() {
    let _ = f;
}
