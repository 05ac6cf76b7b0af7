//! Properties of reading and writing headers, on random and hostile ones: nothing panics, memory is bounded, what is
//! read can be sent and read again, and an independent reading of the grammar agrees.
//!
//! 200,000 cases by default, over all tests; `TRACED_PROPERTY_CASES=10000000`, best with `--release`, runs more.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use traced::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, Extractor, Propagator, TraceContextPropagator,
};
use traced::{Context, TraceState};

/// The most memory that reading the headers of one request may take at any moment, besides 32 bytes for each header:
/// a full `tracestate` while it is joined, and full baggage.
const MEMORY_BOUND: u64 = 96 * 1024;

type Headers = Vec<(String, String)>;

/// xorshift64*: fast in debug builds, and a failure can be repeated from its seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// Mostly short, sometimes just around a limit, rarely beyond all of them.
    fn length(&mut self) -> usize {
        match self.below(64) {
            0 => 254 + self.below(5),
            1 if self.one_in(16) => 8180 + self.below(20),
            2 if self.one_in(64) => 70_000,
            _ => self.below(12),
        }
    }

    fn text(&mut self, alphabet: &[&str], length: usize) -> String {
        // Long texts repeat one character, so that they cost no more than short ones.
        if length > 300 {
            return self.pick(alphabet).repeat(length);
        }
        (0..length).map(|_| self.pick(alphabet)).collect()
    }

    fn hex(&mut self, digits: usize) -> String {
        let number = (u128::from(self.next()) << 64 | u128::from(self.next())) * u128::from(!self.one_in(20));
        format!("{number:032x}")[32 - digits..].to_owned()
    }

    /// Changes a character now and then.
    fn mutate(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        while self.one_in(2) {
            let place = self.below(characters.len() + 1);
            let odd = self.pick(&ODD).chars().next().unwrap_or(' ');
            match self.below(4) {
                0 => characters.insert(place, odd),
                1 if place < characters.len() => characters[place] = odd,
                2 if place < characters.len() => drop(characters.remove(place)),
                3 => characters.truncate(place),
                _ => {}
            }
        }
        characters.into_iter().collect()
    }
}

const ODD: [&str; 24] = [
    "0", "a", "f", "A", "F", "g", "-", "_", "=", ",", ";", " ", "\t", "@", "*", "/", "%", "é", "\u{fffd}", "\0", "\n",
    "+", ":", "\"",
];
const KEY: [&str; 12] = ["a", "b", "z", "0", "9", "_", "-", "*", "/", "@", "q", "t"];
const VALUE: [&str; 14] = ["a", "Z", "0", "!", "~", " ", ":", ";", "%", "%41", "%ff", "\\", "\"", "x"];

/// Runs `check` on a share of the cases, each with its own seed.
fn for_all(seed: u64, check: impl Fn(&mut Random)) {
    let cases = std::env::var("TRACED_PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200_000);
    for case in 0..cases / 4 {
        let mut random = Random((seed << 40 | case).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        check(&mut random);
    }
}

/// Reads the headers, and checks the bound on memory.
fn extract(propagator: &dyn Propagator, headers: &Headers) -> Context {
    let mut context = Context::new();
    let used = allocation_counter::measure(|| context = propagator.extract(&Context::new(), headers));
    let bound = MEMORY_BOUND + 32 * headers.len() as u64;
    assert!(used.bytes_max <= bound, "{} bytes for {headers:?}", used.bytes_max);
    context
}

fn inject(propagator: &dyn Propagator, context: &Context) -> Headers {
    let mut headers = Headers::new();
    propagator.inject(context, &mut headers);
    headers
}

fn push(headers: &mut Headers, key: &str, value: String) {
    headers.push((key.to_owned(), value));
}

fn traceparent(random: &mut Random) -> String {
    let version = random.pick(&["00", "00", "00", "cc", "01", "ff", "0"]);
    let (trace, span, flags) = (random.hex(32), random.hex(16), random.hex(2));
    let tail = random.pick(&["", "", "", "", "-", "-more", ".", " ", "\t "]);
    let value = format!("{version}-{trace}-{span}-{flags}{tail}");
    if random.one_in(3) { random.mutate(&value) } else { value }
}

fn tracestate(random: &mut Random) -> String {
    let most = if random.one_in(8) { 40 } else { 5 };
    let members = random.below(most);
    let mut list = String::new();
    for _ in 0..members {
        let (key, value) = (random.length(), random.length());
        let (key, value) = (random.text(&KEY, key), random.text(&VALUE, value));
        let padding = random.pick(&["", "", "", " ", "\t", " \t "]);
        list.extend([padding, &key, random.pick(&["=", "=", "=", "=", "=", "=", "=", ""]), &value, padding, ","]);
    }
    if random.one_in(6) { random.mutate(&list) } else { list }
}

/// The grammar once more, in the words of the W3C, to compare with.
fn expected_state(values: &[&str]) -> String {
    let combined = values.join(",");
    let mut members: Vec<(&str, &str)> = Vec::new();
    let mut count = 0;
    for member in combined.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|it| !it.is_empty()) {
        let Some((key, value)) = member.split_once('=') else { return String::new() };
        let key_is_valid = matches!(key.chars().next(), Some('a'..='z' | '0'..='9'))
            && key.chars().all(|it| matches!(it, 'a'..='z' | '0'..='9' | '_' | '-' | '*' | '/' | '@'))
            && key.chars().count() <= 256;
        let value_is_valid = (1..=256).contains(&value.chars().count())
            && value.chars().all(|it| matches!(it, '\x20'..='\x2b' | '\x2d'..='\x3c' | '\x3e'..='\x7e'))
            && value.trim_end_matches(' ') == value;
        count += 1;
        if !key_is_valid || !value_is_valid || count > 32 {
            return String::new();
        }
        if members.iter().all(|(other, _)| *other != key) {
            members.push((key, value));
        }
    }
    members.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// Whether the W3C accepts it; and the ids and flags to send on.
fn expected_parent(value: &str) -> Option<String> {
    let value = value.trim_matches([' ', '\t']);
    let hex = |text: &str| text.chars().all(|it| matches!(it, '0'..='9' | 'a'..='f'));
    let parts: Vec<&str> = value.split('-').collect();
    let [version, trace, span, flags, more @ ..] = parts.as_slice() else { return None };
    let lengths_are_right = [version, trace, span, flags].map(|part| part.chars().count()) == [2, 32, 16, 2];
    let all_hex = [version, trace, span, flags].iter().all(|part| hex(part));
    let not_zero = [trace, span].iter().all(|part| part.chars().any(|digit| digit != '0'));
    if !lengths_are_right || !all_hex || !not_zero || *version == "ff" || (*version == "00" && !more.is_empty()) {
        return None;
    }
    let known = u8::from_str_radix(flags, 16).unwrap() & 3;
    Some(format!("00-{trace}-{span}-{known:02x}"))
}

#[test]
fn trace_context() {
    for_all(1, |random| {
        let mut headers = Headers::new();
        push(&mut headers, random.pick(&["traceparent", "Traceparent"]), traceparent(random));
        if random.one_in(16) {
            push(&mut headers, "traceparent", traceparent(random));
        }
        for _ in 0..random.below(4) {
            push(&mut headers, "tracestate", tracestate(random));
        }
        let context = extract(&TraceContextPropagator, &headers);
        let sent = inject(&TraceContextPropagator, &context);

        let parents = headers.get_all("traceparent");
        let expected = if parents.len() == 1 { expected_parent(parents[0]) } else { None };
        assert_eq!(sent.get("traceparent"), expected.as_deref(), "{headers:?}");
        let state = expected.map(|_| expected_state(&headers.get_all("tracestate"))).filter(|state| !state.is_empty());
        assert_eq!(sent.get("tracestate"), state.as_deref(), "{headers:?}");
        let again = extract(&TraceContextPropagator, &sent);
        assert_eq!(again.span_context().trace_state(), context.span_context().trace_state());
        assert_eq!(inject(&TraceContextPropagator, &again), sent);
    });
}

#[test]
fn trace_state_changes() {
    for_all(2, |random| {
        let list = tracestate(random);
        let Ok(state) = list.parse::<TraceState>() else { return };
        let (key, value) = (random.length(), random.length());
        let (key, value) = (random.text(&KEY, key), random.text(&VALUE, value));
        let changed = state.insert(&key, &value).unwrap_or_else(|_| state.remove(&key));
        let changed = changed.with_ot(&changed.ot().with_th(Some(random.next() >> 8))).unwrap_or(changed);
        assert_eq!(changed.as_str().parse(), Ok(changed.clone()), "{list:?} {key:?} {value:?}");
        assert!(changed.len() <= 32 && changed.as_str().len() <= 16_447);
        let others = |state: &TraceState| {
            let other = |(name, _): &(&str, &str)| *name != key && *name != "ot";
            state.iter().filter(other).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert!(others(&state).starts_with(&others(&changed)), "order is kept: {state:?} {changed:?}");
    });
}

#[test]
fn baggage() {
    for_all(3, |random| {
        let mut headers = Headers::new();
        for _ in 0..1 + random.below(3) {
            let most = if random.one_in(16) { 90 } else { 5 };
            let members = random.below(most);
            let mut list = String::new();
            for _ in 0..members {
                let (key, value) = (random.length(), random.length());
                let (key, value) = (random.text(&KEY, key), random.text(&VALUE, value));
                let property = random.pick(&["", "", ";p", "; p = 1 ;q", ";;", ";=", ";\t", ";p p"]);
                list.extend([random.pick(&["", " ", "\t"]), &key, "=", &value, property, ","]);
            }
            push(&mut headers, "baggage", if random.one_in(4) { random.mutate(&list) } else { list });
        }
        let context = extract(&BaggagePropagator, &headers);
        let sent = inject(&BaggagePropagator, &context);
        assert!(context.baggage().len() <= 64);
        let header = sent.get("baggage").unwrap_or_default();
        assert!(header.len() <= 8192 && header.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')), "{header:?}");
        let again = extract(&BaggagePropagator, &sent);
        // What was not encoded as it should be, such as a lone `%`, is three times as long when it is sent.
        let received: usize = headers.iter().map(|(_, value)| value.len()).sum();
        if received * 3 <= 8192 {
            assert_eq!(again.baggage(), context.baggage(), "{headers:?}");
        } else {
            assert!(again.baggage().iter().all(|(key, value)| context.baggage().get(key) == Some(value)));
        }
    });
}

#[test]
fn b3() {
    let all = CompositePropagator::new(vec![Box::new(B3Propagator::SINGLE), Box::new(TraceContextPropagator)]);
    for_all(4, |random| {
        let mut headers = Headers::new();
        let (trace, span) = (if random.one_in(4) { random.hex(16) } else { random.hex(32) }, random.hex(16));
        let state = random.pick(&["", "-0", "-1", "-d", "-2", "-1-00f067aa0ba902b7", "-1-"]);
        if random.one_in(2) {
            let value = format!("{trace}-{span}{state}");
            push(&mut headers, "b3", if random.one_in(3) { random.mutate(&value) } else { value });
        }
        if random.one_in(2) {
            push(&mut headers, "x-b3-traceid", if random.one_in(6) { random.mutate(&trace) } else { trace.clone() });
            push(&mut headers, "X-B3-SpanId", if random.one_in(6) { random.mutate(&span) } else { span.clone() });
            push(&mut headers, "X-B3-Sampled", random.pick(&["0", "1", "true", "false", "d", ""]).to_owned());
            push(&mut headers, "X-B3-Flags", random.pick(&["0", "1", ""]).to_owned());
        }
        let context = extract(&all, &headers);
        for propagator in [B3Propagator::SINGLE, B3Propagator::MULTI] {
            let sent = inject(&propagator, &context);
            assert_eq!(sent.is_empty(), !context.span_context().is_valid(), "{headers:?}");
            let again = extract(&propagator, &sent);
            assert_eq!(again.span_context(), context.span_context(), "{headers:?}");
            assert_eq!(inject(&propagator, &again), sent, "{headers:?}");
        }
    });
}
