use traced::traced;

#[traced(future, sync)]
fn f() -> impl Future<Output = ()> { async {} }

fn main() {
    let _ = f;
}
