use traced::traced;

#[traced(sample = 1.5)]
fn f() {}

fn main() {
    let _ = f;
}
