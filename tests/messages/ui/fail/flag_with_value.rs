use traced::traced;

#[traced(current = true)]
fn f() {}

fn main() {
    let _ = f;
}
