use traced::traced;

#[traced(attrs(%x = ?x))]
fn f(x: u8) { let _ = x; }

fn main() {
    let _ = f;
}
