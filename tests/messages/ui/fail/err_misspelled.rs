use traced::traced;

#[traced(err = on)]
fn f() -> Result<(), String> { Ok(()) }

fn main() {
    let _ = f;
}
