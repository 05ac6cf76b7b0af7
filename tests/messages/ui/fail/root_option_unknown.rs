use traced::traced;

#[traced(root(linked))]
fn f() {}

fn main() {
    let _ = f;
}
