use traced::SpanError;

#[derive(Debug, SpanError)]
enum Error {
    #[span_error(kind = "a")]
    Unknown,
    #[span_error(ok(servr))]
    Kind,
    #[span_error(transparent)]
    NoField,
}

#[derive(SpanError)]
union Either {
    a: u8,
}

fn main() {}
