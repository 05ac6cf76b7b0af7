use traced::traced;

#[traced(root, parent = context)]
fn f(context: &traced::Context) {}

fn main() {
    let _ = f;
}
