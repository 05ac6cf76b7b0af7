fn main() {
    traced::set!(1 + 1);
}
