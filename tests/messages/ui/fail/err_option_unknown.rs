use traced::traced;

#[traced(err(debug))]
fn f() -> Result<(), String> { Ok(()) }

fn main() {
    let _ = f;
}
