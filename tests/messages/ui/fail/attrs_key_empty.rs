use traced::traced;

#[traced(attrs("" = 1))]
fn f() {}

fn main() {
    let _ = f;
}
