use traced::traced;

#[traced(colour = "red")]
fn f() {}

fn main() {
    let _ = f;
}
