use traced::traced;

const ORDER: &str = "order.id";

#[traced(attrs(order.id = 1, {ORDER} = 2))]
fn f() {}

fn main() {
    f();
}
