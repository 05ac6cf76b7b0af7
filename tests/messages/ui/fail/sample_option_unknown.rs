use traced::traced;

#[traced(sample(if = true))]
fn f() {}

fn main() {
    let _ = f;
}
