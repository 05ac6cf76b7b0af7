use traced::traced;

#[traced(redact(pin))]
fn f(card: &str) -> usize { card.len() }

fn main() {
    let _ = f;
}
