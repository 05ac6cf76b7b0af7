use traced::traced;

#[traced]
fn f(#[attr("pair")] (a, b): (u8, u8)) -> u8 { a + b }

fn main() {
    let _ = f;
}
