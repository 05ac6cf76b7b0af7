use traced::traced;

struct Opaque;

#[traced(attrs(?x))]
fn f(x: Opaque) { drop(x); }

fn main() {
    let _ = f;
}
