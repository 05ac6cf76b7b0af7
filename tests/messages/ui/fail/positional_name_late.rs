use traced::traced;

#[traced(kind = server, "a")]
fn f() {}

fn main() {
    let _ = f;
}
