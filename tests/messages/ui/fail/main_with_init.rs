use traced::traced;

#[traced]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    Ok(())
}
