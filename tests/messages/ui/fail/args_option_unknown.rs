use traced::traced;

#[traced(args(only(a)))]
fn f(a: u8) -> u8 { a }

fn main() {
    let _ = f;
}
