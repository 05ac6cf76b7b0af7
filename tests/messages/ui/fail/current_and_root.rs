use traced::traced;

#[traced(current, root)]
fn f() {}

fn main() {
    let _ = f;
}
