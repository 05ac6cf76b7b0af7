use traced::traced;

#[traced(links = [1])]
fn f() {}

fn main() {
    let _ = f;
}
