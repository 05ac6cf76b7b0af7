use traced::traced;

#[traced(redact())]
fn f() {}

fn main() {
    let _ = f;
}
