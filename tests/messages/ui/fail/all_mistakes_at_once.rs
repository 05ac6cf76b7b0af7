use traced::traced;

#[traced(nmae = "a", kind = sever, sample = 2.0, args(exept(a)))]
fn f() {}

fn main() {
    let _ = f;
}
