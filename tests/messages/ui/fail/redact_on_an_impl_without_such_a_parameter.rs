use traced::traced;

struct Order;

#[traced(redact(pin))]
impl Order {
    pub fn f(&self, id: u8) -> u8 {
        id
    }
}

fn main() {
    Order.f(1);
}
