use traced::traced;

#[traced(name = format!("a"))]
fn f() {}

fn main() {
    let _ = f;
}
