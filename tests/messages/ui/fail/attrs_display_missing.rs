use traced::traced;

#[traced(attrs(%x))]
fn f(x: Vec<u8>) -> usize { x.len() }

fn main() {
    let _ = f;
}
