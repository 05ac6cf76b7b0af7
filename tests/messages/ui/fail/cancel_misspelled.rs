use traced::traced;

#[traced(cancel = fail)]
async fn f() {}

fn main() {
    let _ = f;
}
