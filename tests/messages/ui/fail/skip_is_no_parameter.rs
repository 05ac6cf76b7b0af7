use traced::traced;

#[traced(skip(pin))]
fn f(card: &str) -> usize { card.len() }

fn main() {
    let _ = f;
}
