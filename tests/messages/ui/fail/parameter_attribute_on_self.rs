use traced::traced;

struct Order;

impl Order {
    #[traced]
    fn f(#[attr] &self) {}
}

fn main() {
    Order.f();
}
