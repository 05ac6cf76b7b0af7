//! The pages of the book in `docs/`. Each of their examples in Rust is a doc test of this package; those of `attribute.md`
//! and `testing.md` are doc tests of `traced`, whose documentation includes them.

/// One item for each page, so that a failing example names its page.
#[cfg(doctest)]
macro_rules! pages {
    ($($name:ident: $file:literal,)*) => {$(
        #[doc = include_str!(concat!("../../../docs/", $file))]
        pub struct $name;
    )*};
}

#[cfg(doctest)]
pages! {
    Annotate: "annotate.md",
    Backends: "backends.md",
    BesideTracing: "beside-tracing.md",
    Configuration: "configuration.md",
    Context: "context.md",
    Cost: "cost.md",
    Databases: "databases.md",
    Deploying: "deploying.md",
    Errors: "errors.md",
    Features: "features.md",
    FromFastrace: "from-fastrace.md",
    FromNestjs: "from-nestjs.md",
    FromOpentelemetry: "from-opentelemetry.md",
    FromTracingInstrument: "from-tracing-instrument.md",
    HowItWorks: "how-it-works.md",
    Interop: "interop.md",
    Introduction: "introduction.md",
    Logs: "logs.md",
    Messages: "messages.md",
    Metrics: "metrics.md",
    NoSpans: "no-spans.md",
    Page: "page.md",
    RealCrates: "real-crates.md",
    Reliability: "reliability.md",
    Sampling: "sampling.md",
    Security: "security.md",
    ServersAndClients: "servers-and-clients.md",
    SpecCompliance: "spec-compliance.md",
    Start: "start.md",
    Versions: "versions.md",
    Viewers: "viewers.md",
}
