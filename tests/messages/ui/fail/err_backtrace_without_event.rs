use traced::traced;

#[traced(err(status_only, backtrace))]
fn f() -> Result<(), String> {
    Ok(())
}

fn main() {
    let _ = f;
}
