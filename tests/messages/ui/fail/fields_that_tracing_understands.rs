use traced::traced;

#[traced(fields(otel.kind = "client"))]
fn f() {}

fn main() {
    f();
}
