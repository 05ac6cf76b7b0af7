use traced::traced;

#[traced(name = "a", kind = server, name = "b")]
fn f() {}

fn main() {
    let _ = f;
}
