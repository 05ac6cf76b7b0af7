use traced::traced;

#[traced(ret("count" = Vec::len))]
fn f() {}

fn main() {
    let _ = f;
}
