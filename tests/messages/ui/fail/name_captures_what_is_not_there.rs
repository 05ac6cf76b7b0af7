use traced::traced;

#[traced("GET {route}")]
fn f(path: &str) -> usize { path.len() }

fn main() {
    let _ = f;
}
