use traced::traced;

#[traced]
fn f(#[attr(dispaly)] a: u8) -> u8 { a }

fn main() {
    let _ = f;
}
