use traced::traced;

#[traced(ret(display))]
fn f() -> u8 { 1 }

fn main() {
    let _ = f;
}
