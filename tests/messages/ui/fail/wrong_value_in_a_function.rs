use traced::traced;

#[traced]
fn f(id: u32) -> Result<u32, String> {
    if id == 0 {
        return Ok("zero");
    }
    Ok(id)
}

fn main() {
    let _ = f(1);
}
