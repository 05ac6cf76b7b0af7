fn main() {
    let x = 1;
    traced::span!("no block", kind = client);
    traced::span!(kind = client, { x });
    traced::span!("located", location = full, { x });
    traced::span!("mistyped", knid = client, { x });
}
