use traced::traced;

#[traced(attrs(order.id()))]
fn f(order: &str) -> usize { order.len() }

fn main() {
    let _ = f;
}
