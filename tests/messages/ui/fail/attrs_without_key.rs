fn main() {
    traced::attrs!(1 + 1);
}
