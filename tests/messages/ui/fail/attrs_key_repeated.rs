use traced::traced;

#[traced(attrs(a = 1, b = 2, a = 3))]
fn f() {}

fn main() {
    let _ = f;
}
