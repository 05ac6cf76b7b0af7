use traced::traced;

fn main() {
    let f = #[traced]
    || 1;
    f();
}
