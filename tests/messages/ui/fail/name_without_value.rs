use traced::traced;

#[traced(name)]
fn f() {}

fn main() {
    let _ = f;
}
