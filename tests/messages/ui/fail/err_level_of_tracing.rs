use traced::traced;

#[traced(err(level = "warn"))]
fn f() -> Result<(), String> { Ok(()) }

fn main() {
    let _ = f;
}
