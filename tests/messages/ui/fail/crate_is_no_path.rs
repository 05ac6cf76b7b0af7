use traced::traced;

#[traced(crate = 5)]
fn f() {}

fn main() {
    let _ = f;
}
