use traced::traced;

#[traced(current, name = "a")]
fn f() {}

fn main() {
    let _ = f;
}
