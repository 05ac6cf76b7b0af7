use traced::traced;

#[traced(enter_on_poll = true)]
async fn f() {}

fn main() {
    let _ = f;
}
