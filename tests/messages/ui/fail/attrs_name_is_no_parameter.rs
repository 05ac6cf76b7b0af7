use traced::traced;

#[traced(attrs(user))]
fn f(name: &str) -> usize { name.len() }

fn main() {
    let _ = f;
}
