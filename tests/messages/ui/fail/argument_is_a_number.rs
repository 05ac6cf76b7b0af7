use traced::traced;

#[traced(42)]
fn f() {}

fn main() {
    let _ = f;
}
