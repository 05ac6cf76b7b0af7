struct Opaque;

fn main() {
    traced::attrs!(fine = 1, missing = nothing, shown = %Opaque);
}
