use traced::traced;

#[traced("a", name = "b")]
fn f() {}

fn main() {
    let _ = f;
}
