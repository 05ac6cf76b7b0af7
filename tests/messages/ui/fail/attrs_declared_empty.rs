use traced::traced;

#[traced(fields(late = traced::field::Empty))]
fn f() {}

fn main() {
    let _ = f;
}
