use traced::traced;

#[traced(scope)]
fn f() {}

fn main() {
    let _ = f;
}
