use super::*;

fn parse(value: &str) -> Result<String, TraceStateError> {
    value.parse().map(|state: TraceState| state.to_string())
}

#[test]
fn accepts_what_the_grammar_allows() {
    let key = format!("{}@{}", "t".repeat(200), "v".repeat(55));
    for valid in ["a=1", "0=1", "a@b@c=1", "a@=1", "_".replace('_', "a_-*/@0=x").as_str(), &format!("{key}=1")] {
        assert_eq!(parse(valid).as_deref(), Ok(valid));
    }
    assert_eq!(parse("a= 1").unwrap(), "a= 1", "leading spaces belong to the value");
    assert_eq!(parse(" \ta=1\t , ,b=2,").unwrap(), "a=1,b=2");
    assert_eq!(parse(" , \t,").unwrap(), "");
}

#[test]
fn refuses_what_it_does_not() {
    use TraceStateError::*;
    let long = "z".repeat(257);
    let cases = [
        ("a", InvalidMember),
        ("a=", InvalidValue),
        ("=1", InvalidKey),
        ("A=1", InvalidKey),
        ("@a=1", InvalidKey),
        ("a =1", InvalidKey),
        ("a.b=1", InvalidKey),
        ("é=1", InvalidKey),
        ("a=1=2", InvalidValue),
        ("a=\u{7f}", InvalidValue),
        ("a=1\t2", InvalidValue),
        ("a=1,b=é", InvalidValue),
        ("a=1\u{a0}", InvalidValue),
        ("a=1\n", InvalidValue),
    ];
    for (value, error) in cases {
        assert_eq!(parse(value), Err(error), "{value:?}");
    }
    assert_eq!(parse(&format!("{long}=1")), Err(InvalidKey));
    assert_eq!(parse(&format!("a={long}")), Err(InvalidValue));
}

#[test]
fn counts_members_over_all_headers() {
    let member = |number: usize| format!("k{number}=v");
    let full: Vec<String> = (0..32).map(member).collect();
    assert_eq!(TraceState::parse(full.iter().map(String::as_str)).unwrap().len(), 32);
    let over: Vec<String> = (0..33).map(member).collect();
    assert_eq!(TraceState::parse(over.iter().map(String::as_str)), Err(TraceStateError::TooManyMembers));
}

#[test]
fn keeps_the_first_of_duplicates() {
    assert_eq!(TraceState::parse(["a=1,b=2", "a=3"]).unwrap().as_str(), "a=1,b=2");
}

#[test]
fn changes_move_to_the_front_and_never_touch_the_original() {
    let state: TraceState = "a=1,b=2,c=3".parse().unwrap();
    assert_eq!(state.insert("b", "9").unwrap().as_str(), "b=9,a=1,c=3");
    assert_eq!(state.insert("d", "4").unwrap().as_str(), "d=4,a=1,b=2,c=3");
    assert_eq!(state.remove("b").as_str(), "a=1,c=3");
    assert_eq!(state.remove("x"), state);
    assert!(state.remove("a").remove("b").remove("c").is_empty());
    assert_eq!(state.as_str(), "a=1,b=2,c=3");
    assert_eq!(state.insert("ot", "th:8"), Err(TraceStateError::ReservedKey));
    assert_eq!(state.insert("a", "1 "), Err(TraceStateError::InvalidValue));
}

#[test]
fn a_full_list_loses_its_last_entry() {
    let full: Vec<String> = (0..32).map(|number| format!("k{number}=v")).collect();
    let state = TraceState::parse(full.iter().map(String::as_str)).unwrap().insert("new", "1").unwrap();
    assert_eq!((state.len(), state.get("k31"), state.get("k30")), (32, None, Some("v")));
}

#[test]
fn ot_keeps_what_it_does_not_know() {
    let state: TraceState = "a=1,ot=rv:6e6d1a75832a2f;x:1;th:c".parse().unwrap();
    let ot = state.ot();
    assert_eq!((ot.th(), ot.rv()), (Some(0xc0_0000_0000_0000), Some(0x6e_6d1a_7583_2a2f)));
    assert_eq!(state.with_ot(&ot.clone().with_th(None)).unwrap().as_str(), "ot=rv:6e6d1a75832a2f;x:1,a=1");
    assert_eq!(state.with_ot(&ot.with_th(Some(0))).unwrap().as_str(), "ot=th:0;rv:6e6d1a75832a2f;x:1,a=1");
    assert_eq!(state.with_ot(&OtelTraceState::default()).unwrap().as_str(), "a=1");
}

#[test]
fn ot_ignores_malformed_parts() {
    for bad in ["th:", "th:g", "th:+1", "th:123456789abcdef", "rv:1", "TH:1", "th", ";;", "1x:2"] {
        let state: TraceState = format!("ot={bad}").parse().unwrap();
        assert!(state.ot().is_empty(), "{bad}: {:?}", state.ot());
    }
    let state: TraceState = "ot=th:1;th:2".parse().unwrap();
    assert_eq!(state.ot().th(), Some(1 << 52));
}

#[test]
fn ot_states_what_fits() {
    let state: TraceState = format!("ot=x:{}", "y".repeat(250)).parse().unwrap();
    assert_eq!(state.with_ot(&state.ot().with_th(Some(1 << 55))), Err(TraceStateError::OtelTooLong));
    assert_eq!(state.with_ot(&state.ot().with_th(None)), Ok(state));
    assert_eq!(OtelTraceState::default().with_th(Some(1 << 56)).th(), None);
}
