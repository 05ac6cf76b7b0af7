use traced::traced;

#[traced]
async fn f() -> Result<u32, String> {
    Ok("one")
}

fn main() {
    let _ = f();
}
