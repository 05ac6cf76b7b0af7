use traced::traced;

#[traced(nmae = "a")]
fn f() {}

fn main() {
    let _ = f;
}
