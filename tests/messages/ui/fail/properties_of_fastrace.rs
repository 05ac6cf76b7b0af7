use traced::traced;

#[traced(properties = { "a": "b" })]
fn f() {}

fn main() {
    let _ = f;
}
