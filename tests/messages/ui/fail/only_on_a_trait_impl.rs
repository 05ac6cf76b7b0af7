use traced::traced;

struct Order;

#[traced(only(pub))]
impl Clone for Order {
    fn clone(&self) -> Self {
        Order
    }
}

fn main() {
    drop(Order.clone());
}
