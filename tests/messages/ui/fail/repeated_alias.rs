use traced::traced;

#[traced(attrs(a = 1), fields(b = 2))]
fn f() {}

fn main() {
    let _ = f;
}
