use traced::traced;

#[traced(sync)]
async fn f() {}

fn main() {
    let _ = f;
}
