use traced::traced;

#[traced(follows_from = causes)]
fn f(causes: &[u8]) -> usize { causes.len() }

fn main() {
    let _ = f;
}
