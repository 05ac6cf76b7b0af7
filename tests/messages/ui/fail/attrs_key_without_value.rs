use traced::traced;

#[traced(attrs("order.id"))]
fn f() {}

fn main() {
    let _ = f;
}
