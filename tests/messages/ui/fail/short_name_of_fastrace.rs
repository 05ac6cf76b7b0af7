use traced::traced;

#[traced(short_name = true)]
fn f() {}

fn main() {
    let _ = f;
}
