fn main() {
    let n = 1;
    traced::event!("got {n}");
}
