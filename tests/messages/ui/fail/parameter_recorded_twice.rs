use traced::traced;

#[traced(attrs(id))]
fn f(#[attr("id")] other: u8, id: u8) -> u8 { other + id }

fn main() {
    let _ = f;
}
