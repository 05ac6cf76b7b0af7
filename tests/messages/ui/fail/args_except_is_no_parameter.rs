use traced::traced;

#[traced(args(except(b)))]
fn f(a: u8) -> u8 { a }

fn main() {
    let _ = f;
}
