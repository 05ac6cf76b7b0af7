use traced::traced;

#[traced(err(when = |error: &u8| *error > 0))]
fn f() -> Result<(), String> { Ok(()) }

fn main() {
    let _ = f;
}
