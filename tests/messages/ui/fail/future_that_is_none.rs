use traced::traced;

#[traced(future)]
fn f() {}

fn main() {
    let _ = f;
}
