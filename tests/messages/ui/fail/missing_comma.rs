use traced::traced;

#[traced(name = "a" kind = server)]
fn f() {}

fn main() {
    let _ = f;
}
