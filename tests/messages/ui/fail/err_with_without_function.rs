use traced::traced;

#[traced(err(with))]
fn f() -> Result<(), String> { Ok(()) }

fn main() {
    let _ = f;
}
