use traced::traced;

#[traced(kind = sever)]
fn f() {}

fn main() {
    let _ = f;
}
