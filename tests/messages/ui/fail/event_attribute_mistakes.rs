fn main() {
    let n = 1;
    traced::event!("got", n, count = n, n);
    traced::event!(n = 1);
    traced::event!("got" n);
    traced::event!("got {n}", 7);
}
