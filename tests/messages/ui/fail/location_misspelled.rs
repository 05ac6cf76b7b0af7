use traced::traced;

#[traced(location = file)]
fn f() {}

fn main() {
    let _ = f;
}
