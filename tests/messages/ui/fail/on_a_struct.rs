use traced::traced;

#[traced]
struct Order;

fn main() {
    let _ = Order;
}
