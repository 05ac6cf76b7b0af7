use traced::traced;

struct Order;

impl Order {
    #[traced(attrs(self))]
    fn f(&self) {}
}

fn main() {
    Order.f();
}
