use traced::traced;

#[traced]
const LIMIT: u8 = 1;

fn main() {
    let _ = LIMIT;
}
