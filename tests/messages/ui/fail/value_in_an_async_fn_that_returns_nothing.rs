use traced::traced;

#[traced]
async fn f() {
    5u8
}

fn main() {
    let _ = f();
}
