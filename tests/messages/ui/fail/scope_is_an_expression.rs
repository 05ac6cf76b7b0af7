use traced::traced;

#[traced(scope = 1 + 1)]
fn f() {}

fn main() {
    let _ = f;
}
