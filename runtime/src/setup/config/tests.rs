//! The effect of each variable, what beats what, and what people get to read.

use std::ffi::OsString;
use std::time::Duration;

use super::*;
use crate::setup::exporters::EXPORTERS;
use crate::setup::settings::reader;
use traced_core::sampler::AlwaysOff;

fn look_up(variables: &[(&str, &str)], name: &str) -> Option<OsString> {
    variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
}

fn try_config(code: Settings, variables: &[(&str, &str)]) -> Result<Config, String> {
    Config::resolve(code, Environment::new(&|name| look_up(variables, name)))
}

fn console() -> NamedExporter {
    EXPORTERS.into_iter().find(|exporter| exporter.word == "console").unwrap()
}

fn config(variables: &[(&str, &str)]) -> Config {
    try_config(Settings::default(), variables).unwrap()
}

fn code(build: impl FnOnce(crate::Builder) -> crate::Builder) -> Settings {
    build(crate::builder()).settings
}

fn attribute(config: &Config, key: &str) -> String {
    match config.resource.get(key) {
        Some(crate::Value::String(text)) => text.to_string(),
        other => panic!("{key} is {other:?}"),
    }
}

#[test]
fn defaults() {
    let config = config(&[]);
    assert!(!config.is_disabled() && config.problems.is_empty());
    assert_eq!(config.exporters, [OTLP]);
    assert_eq!(config.limits, SpanLimits::default());
    assert!(matches!(config.sampler, SamplerSetting::Default));
    assert_eq!(config.batching().delay, Duration::from_secs(5));
    assert_eq!(config.batching().timeout, Duration::from_secs(30));
    assert_eq!((config.batching().max_queued_spans, config.batching().max_spans), (None, None));
    assert!(config.otlp == OtlpSettings::default());
    assert_eq!((&config.settings.propagators, &config.settings.filter), (&None, &None));
    assert_eq!(config.log_level(), LogLevel::Info);
    assert_eq!(config.resource.get("telemetry.sdk.name"), Some(&"traced".into()));
}

#[test]
fn single_variables() {
    assert!(config(&[("OTEL_SDK_DISABLED", "TRUE")]).is_disabled());
    assert_eq!(config(&[("OTEL_LOG_LEVEL", "DEBUG")]).log_level(), LogLevel::Debug);
    assert_eq!(config(&[("OTEL_LOG_LEVEL", "none")]).log_level(), LogLevel::Off);
    assert_eq!(config(&[("OTEL_BSP_SCHEDULE_DELAY", "0")]).batching().delay, Duration::ZERO);
    assert_eq!(config(&[("OTEL_BSP_EXPORT_TIMEOUT", "0")]).batching().timeout, NO_LIMIT);
    assert_eq!(config(&[("OTEL_BSP_EXPORT_TIMEOUT", "-5")]).batching().timeout, Duration::from_secs(30));
    assert_eq!(config(&[("OTEL_PROPAGATORS", "b3")]).settings.propagators.as_deref(), Some("b3"));
    assert_eq!(config(&[("TRACED_FILTER", "a::b=off")]).settings.filter.as_deref(), Some("a::b=off"));
    for (word, says) in [("logs", "no sink"), ("LOGS/dup", "no sink"), ("bogus", "unknown")] {
        let problems = config(&[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", word)]).problems;
        assert!(problems.len() == 1 && problems[0].contains(says), "{problems:?}");
    }
    let exporters = |list| config(&[("OTEL_TRACES_EXPORTER", list)]).exporters;
    assert_eq!(exporters("console,otlp"), [console(), OTLP]);
    assert_eq!(exporters("none"), []);
    assert_eq!(exporters("bogus"), [OTLP]);
}

#[test]
fn resource_attributes_and_service_name() {
    let config_of = |list| config(&[("OTEL_RESOURCE_ATTRIBUTES", list)]);
    let decoded = config_of("a=x%2Cy,service.name=shop");
    assert_eq!((attribute(&decoded, "a").as_str(), attribute(&decoded, "service.name").as_str()), ("x,y", "shop"));
    let broken = config_of("a=1,broken");
    assert_eq!(broken.resource.get("a"), None);
    assert_eq!(broken.problems.len(), 1);
    assert!(attribute(&broken, "service.name").starts_with("unknown_service:"));
    let both = [("OTEL_SERVICE_NAME", "cart"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,a=env,b=env")];
    assert_eq!(attribute(&config(&both), "service.name"), "cart");
    let mine = Resource::new([crate::KeyValue::new("a", "code")], "");
    let all = try_config(code(|builder| builder.resource(mine).service_name("mine")), &both).unwrap();
    assert_eq!(["service.name", "a", "b"].map(|key| attribute(&all, key)), ["mine", "code", "env"]);
    let bare = try_config(code(|builder| builder.detect_resource(false)), &[]).unwrap();
    assert_eq!(bare.resource.attributes().len(), 4, "telemetry.sdk.* and service.name: {:?}", bare.resource);
}

#[test]
fn limits_of_spans_beat_general_ones() {
    let general = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "10"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "20")];
    let limits = config(&general).limits;
    assert_eq!((limits.attributes, limits.event_attributes, limits.link_attributes), (10, 10, 10));
    assert_eq!(limits.attribute_value_length, Some(20));
    let particular = [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "3"),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "5"),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "6"),
    ];
    let expected = SpanLimits::default()
        .with_attributes(1)
        .with_attribute_value_length(Some(2))
        .with_events(3)
        .with_links(4)
        .with_event_attributes(5)
        .with_link_attributes(6);
    assert_eq!(config(&[general.as_slice(), &particular].concat()).limits, expected);
    let mine = SpanLimits::default().with_attributes(77);
    assert_eq!(try_config(code(|builder| builder.span_limits(mine)), &particular).unwrap().limits, mine);
}

#[test]
fn a_batch_is_no_larger_than_the_queue() {
    let sizes = |queue, batch| {
        let config = config(&[("OTEL_BSP_MAX_QUEUE_SIZE", queue), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch)]);
        (config.batching().max_queued_spans, config.batching().max_spans, config.problems.len())
    };
    assert_eq!(sizes("100", "50"), (Some(100), Some(50), 0));
    assert_eq!(sizes("100", "101"), (Some(100), Some(100), 1));
    assert_eq!(sizes("0", "-3"), (None, None, 2));
    assert_eq!(sizes("", "600"), (None, Some(600), 0));
}

#[test]
fn samplers() {
    let described = |name, argument| {
        let config = config(&[("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
        (config.sampler.description(), config.problems.len())
    };
    let root = |name, argument| {
        let (description, problems) = described(name, argument);
        let root = description.strip_prefix("ParentBased{root:").unwrap().split(",remote").next().unwrap().to_owned();
        (root, problems)
    };
    for (name, argument, expected) in [
        ("ALWAYS_ON", "0.5", ("AlwaysOnSampler", 0)),
        ("always_off", "", ("AlwaysOffSampler", 0)),
        ("traceidratio", "0.25", ("TraceIdRatioBased{0.250000}", 0)),
        ("traceidratio", "", ("TraceIdRatioBased{1.000000}", 0)),
        ("traceidratio", "2.0", ("TraceIdRatioBased{1.000000}", 1)),
        ("traceidratio", "-1", ("TraceIdRatioBased{1.000000}", 1)),
        ("traceidratio", "NaN", ("TraceIdRatioBased{1.000000}", 1)),
        ("probability", "0.1", ("ProbabilitySampler{0.100000}", 0)),
    ] {
        assert_eq!(described(name, argument), (expected.0.to_owned(), expected.1), "{name} {argument}");
    }
    for (name, argument, expected) in [
        ("parentbased_always_on", "", ("AlwaysOnSampler", 0)),
        ("parentbased_always_off", "", ("AlwaysOffSampler", 0)),
        ("parentbased_traceidratio", "0.5", ("TraceIdRatioBased{0.500000}", 0)),
        ("ParentBased_Probability", "0.5", ("ProbabilitySampler{0.500000}", 0)),
        ("parentbased_ratelimit", "20", ("RateLimitSampler{20}", 0)),
        ("parentbased_ratelimit", "-1", ("RateLimitSampler{100}", 1)),
        ("parentbased_adaptive", "0.5", ("AdaptiveSampler{0.5}", 0)),
        ("jaeger_remote", "", ("AlwaysOnSampler", 1)),
        ("bogus", "", ("AlwaysOnSampler", 1)),
        ("", "0.5", ("AlwaysOnSampler", 1)),
    ] {
        assert_eq!(root(name, argument), (expected.0.to_owned(), expected.1), "{name} {argument}");
    }
    let mine = try_config(code(|builder| builder.sampler(AlwaysOff)), &[("OTEL_TRACES_SAMPLER", "always_on")]);
    assert_eq!(mine.unwrap().sampler.description(), "AlwaysOffSampler");
}

/// Each variable of the OTLP exporter, general and for traces.
#[test]
fn traces_beat_all_signals_and_code_beats_both() {
    for (rest, general, traces) in [
        ("TIMEOUT", "1", "2"),
        ("HEADERS", "a=1", "b=2"),
        ("PROTOCOL", "grpc", "http/protobuf"),
        ("COMPRESSION", "gzip", "none"),
        ("INSECURE", "true", "false"),
        ("CERTIFICATE", "/a", "/b"),
        ("CLIENT_KEY", "/a", "/b"),
        ("CLIENT_CERTIFICATE", "/a", "/b"),
        ("ENDPOINT", "http://a", "http://b"),
    ] {
        let settings =
            |variables: &[(&str, &str)]| Settings::from_env(&mut Environment::new(&|name| look_up(variables, name)));
        let otlp = |variables: &[(&str, &str)]| settings(variables).take_otlp();
        let names = [format!("OTEL_EXPORTER_OTLP_{rest}"), format!("OTEL_EXPORTER_OTLP_TRACES_{rest}")];
        let (general, traces) = ((names[0].as_str(), general), (names[1].as_str(), traces));
        let both = otlp(&[general, traces]);
        let only = [otlp(&[general]), otlp(&[traces])];
        assert!(both == only[1] && both != only[0] && only[0] != OtlpSettings::default(), "{rest}");
        let over = |code: &[(&str, &str)], said: &[(&str, &str)]| {
            code_over_environment(settings(code), settings(said)).take_otlp()
        };
        assert!(over(&[general], &[traces]) == only[0], "{rest}");
        assert!(over(&[], &[traces]) == only[1], "{rest}");
    }
}

#[test]
fn code_beats_the_environment_in_the_exporter() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://env/"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=env"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
    ];
    let said = code(|builder| builder.otlp_endpoint("http://code").otlp_header("b", "2").otlp_header("c", "3"));
    let otlp = try_config(said, &variables).unwrap().otlp;
    assert_eq!(otlp.endpoint, Some(OtlpEndpoint::Base("http://code".to_owned())));
    assert_eq!(otlp.headers.unwrap().len(), 2);
    assert_eq!(otlp.timeout, Some(Duration::from_millis(1)));
    let unlimited = try_config(code(|builder| builder.otlp_timeout(Duration::ZERO)), &variables).unwrap();
    assert_eq!(unlimited.otlp.timeout, Some(NO_LIMIT));
}

#[test]
fn endpoints_whose_spans_would_not_arrive_are_errors() {
    for (name, url, word) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://u:s3cret@h:4318/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/v1/traces/?k=s3cret", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        #[cfg(not(feature = "tls"))]
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "HTTPS://u:s3cret@h", "`tls`"),
        #[cfg(not(feature = "tls"))]
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://u:s3cret@h/v1/traces", "`tls`"),
    ] {
        let error =
            try_config(Settings::default(), &[(name, url)]).err().unwrap_or_else(|| panic!("{url} is accepted"));
        assert!(error.contains(word) && !error.contains("s3cret"), "{error}");
        let unused = [(name, url), ("OTEL_TRACES_EXPORTER", "console")];
        assert!(try_config(Settings::default(), &unused).is_ok(), "{url} is not used");
    }
    for (name, url) in [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://h:4318/v1/traces"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/v1"),
    ] {
        assert!(try_config(Settings::default(), &[(name, url)]).is_ok(), "{url}");
    }
}

#[test]
fn what_the_build_cannot_do_is_said_and_left_out() {
    for (word, is_built_in) in [("grpc", cfg!(feature = "otlp-grpc")), ("http/json", cfg!(feature = "otlp-json"))] {
        let config = config(&[("OTEL_EXPORTER_OTLP_PROTOCOL", word)]);
        assert_eq!((config.otlp.protocol.is_some(), config.problems.is_empty()), (is_built_in, is_built_in), "{word}");
        assert!(is_built_in || config.problems[0].contains("4318"), "{:?}", config.problems);
    }
    let compressed = self::config(&[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
    assert_eq!(compressed.otlp.gzip == Some(true), cfg!(feature = "gzip"));
    assert_eq!(compressed.problems.is_empty(), cfg!(feature = "gzip"));
}

#[cfg(feature = "tls")]
#[test]
fn certificates_that_cannot_be_used_are_errors_with_the_way_out() {
    let error = |name: &str| config(&[(name, "/no/such/file")]).build_exporters().map(|_| ()).unwrap_err();
    assert!(error("OTEL_EXPORTER_OTLP_CERTIFICATE").contains("/no/such/file"));
    for half in ["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"] {
        assert!(error(half).contains("set both"), "{half}");
    }
}

#[test]
fn exporters_that_are_not_built_in_are_said_and_left_out() {
    let mut config = config(&[("OTEL_TRACES_EXPORTER", "zipkin")]);
    let exporters = config.build_exporters().unwrap();
    assert!(exporters.is_empty() && config.exporters.is_empty());
    assert!(config.problems[0].contains("zipkin is not built in"), "{:?}", config.problems);
}

#[test]
fn the_report_shows_what_counts_and_masks_secrets() {
    let config = config(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:s3cret@collector:4318/?key=s3cret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret,x-tenant=s3cret"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_SERVICE_NAME", "shop"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "minus one"),
    ]);
    let report = config.to_string();
    for line in [
        "resource  service.name=shop",
        "otlp      to http://collector:4318/v1/traces, http/protobuf, no compression, no timeout, \
         headers authorization=***, x-tenant=***",
        "variable  OTEL_EXPORTER_OTLP_HEADERS=authorization=***, x-tenant=***",
        "variable  OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318/",
        "variable  OTEL_EXPORTER_OTLP_TIMEOUT=no limit",
        "problem   OTEL_BSP_MAX_QUEUE_SIZE: \"minus one\" is not a whole number from 1 to 4294967295; it counts as \
         unset (default: bounded in bytes)",
    ] {
        assert!(report.lines().any(|found| found == line), "{line}\nis not in\n{report}");
    }
    assert!(report.contains("sampler   ParentBased{root:TraceIdRatioBased{0.100000}"));
    assert!(!report.contains("s3cret"), "{report}");
}

#[test]
fn urls_are_shown_without_secrets() {
    let shown = |url: &str| (reader::URL.show)(&url.to_owned());
    assert_eq!(shown("http://u:p@h:1/p?k=v#f"), "http://h:1/p");
    assert_eq!(shown("http://h/a@b"), "http://h/a@b");
    assert_eq!(shown("user:secret"), "(not a URL)");
}

#[cfg(feature = "otlp-http")]
#[test]
fn errors_name_the_variable_and_the_value_without_secrets() {
    let error = |variables: &[(&str, &str)]| {
        let built = try_config(Settings::default(), variables).and_then(|mut config| config.build_exporters());
        built.map(|_| ()).unwrap_err()
    };
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
        for (value, shown) in [
            ("http://h:4318O", "http://h:4318O"),
            ("http://http://h:1", "http://http://h:1"),
            ("http://u:s3cret@h:99999", "http://h:99999"),
            ("localhost:4318", "localhost:4318"),
            ("ftp://u:s3cret@h/p?k=s3cret", "ftp://h/p"),
            ("u:s3cret@h:4318", "h:4318"),
            ("Bearer s3cret", "(not shown)"),
            ("http://u:s3cret@", "http://"),
        ] {
            let error = error(&[(name, value)]);
            assert!(error.starts_with(&format!("{name} (in code: ")), "{error}");
            assert!(error.contains(&format!(" is {shown}: ")) && !error.contains("s3cret"), "{error}");
        }
    }
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
        let error = error(&[(name, "x-key=s3cret%0A")]);
        assert!(error.starts_with(&format!("{name} ")) && error.contains("\"x-key\""), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[cfg(not(feature = "file"))]
#[test]
fn the_feature_of_an_exporter_that_is_left_out_is_named() {
    let mut config = config(&[("OTEL_TRACES_EXPORTER", "otlp/stdout")]);
    config.build_exporters().unwrap();
    assert!(config.problems[0].contains("feature `file`"), "{:?}", config.problems);
}
