use traced::traced;

struct Order;

#[traced(name = "a")]
impl Order {
    pub fn f(&self, id: u8) -> u8 {
        id
    }
}

fn main() {
    Order.f(1);
}
