use traced::traced;

#[traced(only(pub))]
pub fn f() {}

fn main() {
    let _ = f;
}
