//! Writes the pages that the browser tests open, into the folder that is its argument. The same each time.
#![allow(clippy::unwrap_used, reason = "a program for tests")]

use std::path::Path;

use serde_json::{Value, json};
use traced::HtmlPage;

const MS: u64 = 1_000_000;
/// When the first trace of each page starts.
const EPOCH: u64 = 1_790_000_000_000 * MS;

fn main() {
    let folder = std::env::args().nth(1).expect("a folder as the argument");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let write = |name: &str, page: &HtmlPage| page.write(folder.join(name)).unwrap();
    write("shop.html", &shop());
    write("hostile.html", &hostile());
    write("large.html", &large());
    write("empty.html", &HtmlPage::new());
    write("full.html", &full());
    write("odd.html", &odd());
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most - least)
    }
}

/// One span under construction.
struct Span {
    service: &'static str,
    json: Value,
}

/// A trace under construction; times in microseconds since its start.
struct Trace {
    number: u64,
    start: u64,
    spans: Vec<Span>,
}

impl Trace {
    fn new(number: u64, start: u64) -> Self {
        Self { number, start, spans: Vec::new() }
    }

    fn id(number: u64) -> String {
        format!("{:032x}", (u128::from(number) + 1) * 0x1_0000_0001_0000_0001_0000_0001)
    }

    fn span_id(number: u64, index: usize) -> String {
        format!("{:016x}", (number + 1) << 32 | (index as u64 + 1))
    }

    /// Adds a span and gives its number; `parent` is the number of another one.
    fn add(&mut self, service: &'static str, name: &str, parent: Option<usize>, times: (u64, u64)) -> usize {
        let index = self.spans.len();
        let unix = |micros: u64| (self.start + micros * 1_000).to_string();
        let mut json = json!({
            "traceId": Self::id(self.number),
            "spanId": Self::span_id(self.number, index),
            "name": name,
            "kind": 1,
            "flags": 257,
            "startTimeUnixNano": unix(times.0),
            "endTimeUnixNano": unix(times.1),
            "attributes": [{"key": "code.function.name", "value": {"stringValue": format!("{service}::handlers::{name}")}}],
        });
        if let Some(parent) = parent {
            json["parentSpanId"] = Self::span_id(self.number, parent).into();
        }
        self.spans.push(Span { service, json });
        index
    }

    fn set(&mut self, span: usize, field: &str, value: Value) {
        self.spans[span].json[field] = value;
    }

    fn kind(&mut self, span: usize, kind: u8) {
        self.set(span, "kind", kind.into());
    }

    fn attribute(&mut self, span: usize, key: &str, value: Value) {
        let attributes = self.spans[span].json["attributes"].as_array_mut().unwrap();
        let mut attribute = json!({"key": key});
        attribute["value"] = value;
        attributes.push(attribute);
    }

    fn event(&mut self, span: usize, name: &str, at: u64, attributes: Value) {
        let mut event = json!({"name": name, "timeUnixNano": (self.start + at * 1_000).to_string()});
        event["attributes"] = attributes;
        let json = &mut self.spans[span].json;
        match json["events"].as_array_mut() {
            Some(events) => events.push(event),
            None => json["events"] = json!([event]),
        }
    }

    /// An error that names its sources.
    fn fail(&mut self, span: usize, at: u64, kind: &str, message: &str) {
        self.set(span, "status", json!({"code": 2, "message": message}));
        let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
        let stack =
            "0: shop::payments::authorize\n   at src/payments.rs:84\n1: tokio::runtime::task::harness::poll\n2: main";
        let attributes = json!([
            text("exception.type", kind),
            text("exception.message", message),
            text("exception.stacktrace", stack)
        ]);
        self.event(span, "exception", at, attributes);
    }

    fn add_to(&self, page: &mut HtmlPage) {
        for span in &self.spans {
            page.add_otlp_json(&message(span.service, &span.json).to_string()).unwrap();
        }
    }
}

fn message(service: &str, span: &Value) -> Value {
    let text = |key: &str, text: &str| json!({"key": key, "value": {"stringValue": text}});
    let resource = json!({"attributes": [
        text("service.name", service),
        text("service.version", "1.4.2"),
        text("host.name", "host-3"),
        json!({"key": "process.pid", "value": {"intValue": "4711"}}),
    ]});
    let scope = json!({"name": service, "version": "1.4.2"});
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": [span]}]}]})
}

fn text(text: &str) -> Value {
    json!({"stringValue": text})
}

/// A shop's morning: what people look at.
fn shop() -> HtmlPage {
    let mut page = HtmlPage::new();
    let mut random = Random(7);
    for number in 0..240 {
        let start = EPOCH + number * 2_500 * MS + random.between(0, 2_000) * MS;
        let mut trace = Trace::new(number, start);
        match number % 8 {
            0..=2 => checkout(&mut trace, &mut random),
            7 => report(&mut trace, &mut random),
            _ => product(&mut trace, &mut random),
        }
        trace.add_to(&mut page);
    }
    page
}

fn checkout(trace: &mut Trace, random: &mut Random) {
    let is_declined = random.between(0, 6) == 0;
    let bank = random.between(9_000, 70_000) * if random.between(0, 12) == 0 { 9 } else { 1 };
    let end = bank + 9_800;
    let root = trace.add("gateway", "POST /checkout", None, (0, end + 1_900));
    trace.kind(root, 2);
    trace.attribute(root, "http.request.method", text("POST"));
    trace.attribute(root, "http.route", text("/checkout"));
    trace.attribute(root, "http.response.status_code", json!({"intValue": if is_declined { "402" } else { "200" }}));
    let place = trace.add("gateway", "place_order", Some(root), (120, end + 1_700));
    let validate = trace.add("gateway", "validate", Some(place), (160, 420));
    trace.attribute(validate, "cart.items", json!({"intValue": "3"}));
    let call = trace.add("gateway", "POST /orders", Some(place), (480, end + 1_600));
    trace.kind(call, 3);
    let orders = trace.add("orders", "POST /orders", Some(call), (1_100, end + 1_200));
    trace.kind(orders, 2);
    let create = trace.add("orders", "orders.create", Some(orders), (1_200, end + 1_100));
    trace.attribute(create, "order.id", json!({"intValue": (10_000 + trace.number).to_string()}));
    trace.attribute(create, "user.id", text(["ann", "bob", "cleo", "dan"][random.between(0, 4) as usize]));
    order(trace, create, bank);
    let send = trace.add("orders", "send order-events", Some(create), (bank + 8_500, bank + 9_700));
    trace.kind(send, 4);
    let process = trace.add("notifications", "process order-events", Some(send), (bank + 9_600, end + 4_700));
    trace.kind(process, 5);
    trace.add("notifications", "mail.send", Some(process), (bank + 9_900, end + 4_500));
    if is_declined {
        decline(trace, create, bank);
    }
}

/// The order in the database, and what the bank says to it.
fn order(trace: &mut Trace, create: usize, bank: u64) {
    let insert = trace.add("orders", "INSERT orders", Some(create), (1_500, 3_900));
    trace.kind(insert, 3);
    trace.attribute(insert, "db.system.name", text("postgresql"));
    trace.attribute(
        insert,
        "db.query.text",
        text("INSERT INTO orders (item, amount_cents, status) VALUES ($1, $2, 'new')"),
    );
    let charge = trace.add("payments", "payments.charge", Some(create), (4_600, bank + 6_300));
    trace.kind(charge, 2);
    let authorize = trace.add("payments", "bank.authorize", Some(charge), (4_900, bank + 5_900));
    trace.kind(authorize, 3);
    trace.attribute(authorize, "card", text("[redacted]"));
    trace.event(authorize, "connected", 7_000, json!([{"key": "tls", "value": {"boolValue": true}}]));
    let update = trace.add("orders", "UPDATE orders", Some(create), (bank + 6_600, bank + 8_300));
    trace.kind(update, 3);
}

/// The errors of a card that was declined, each with its sources.
fn decline(trace: &mut Trace, create: usize, bank: u64) {
    let (charge, authorize) = (create + 2, create + 3);
    let declined = "card declined: insufficient funds";
    trace.fail(authorize, bank + 5_800, "bank::Declined", declined);
    let charging = format!("the order was not paid: {declined}");
    trace.fail(charge, bank + 6_200, "payments::ChargeError", &charging);
    let creating = format!("order {}: {charging}", trace.number);
    trace.fail(create, bank + 10_800, "orders::CreateError", &creating);
}

fn product(trace: &mut Trace, random: &mut Random) {
    let is_cached = random.between(0, 3) > 0;
    let end = random.between(700, 2_400) + if is_cached { 0 } else { random.between(3_000, 24_000) };
    let root = trace.add("gateway", "GET /products/{id}", None, (0, end));
    trace.kind(root, 2);
    trace.attribute(root, "http.route", text("/products/{id}"));
    let cache = trace.add("gateway", "GET", Some(root), (90, 410));
    trace.kind(cache, 3);
    trace.attribute(cache, "db.system.name", text("redis"));
    trace.attribute(cache, "cache.hit", json!({"boolValue": is_cached}));
    if is_cached {
        return;
    }
    let catalog = trace.add("catalog", "catalog.product", Some(root), (520, end - 120));
    for index in 0..random.between(1, 5) {
        let at = 600 + index * (end - 900) / 5;
        let query = trace.add("catalog", "SELECT products", Some(catalog), (at, at + (end - 900) / 6));
        trace.kind(query, 3);
        trace.attribute(query, "db.response.returned_rows", json!({"intValue": index.to_string()}));
    }
}

/// Work in the background that continues what requests began: by links.
fn report(trace: &mut Trace, random: &mut Random) {
    let end = random.between(180_000, 900_000);
    let root = trace.add("reports", "reports.daily", None, (0, end));
    let links = (1..4).map(|back| {
        let other = trace.number.saturating_sub(back + 4);
        json!({"traceId": Trace::id(other), "spanId": Trace::span_id(other, 0), "flags": 257})
    });
    let mut links: Vec<Value> = links.collect();
    links.push(json!({"traceId": "ffffffffffffffffffffffffffffffff", "spanId": "ffffffffffffffff"}));
    trace.set(root, "links", links.into());
    let share = end / 14;
    for index in 0..12 {
        let at = index * share + share / 2;
        let page = trace.add("reports", "reports.page", Some(root), (at, at + share - 900));
        trace.attribute(page, "page", json!({"intValue": index.to_string()}));
        let load = trace.add("catalog", "SELECT sales", Some(page), (at + 300, at + share / 2));
        trace.kind(load, 3);
        if index == 7 && random.between(0, 2) == 0 {
            trace.fail(load, at + share / 2 - 50, "sqlx::Error", "the query was cancelled: statement timeout");
        }
    }
}

/// Markup wherever a text can be.
fn hostile() -> HtmlPage {
    let nasty = "<img src=x onerror=\"window.hacked=1\"></script><script>window.hacked=1</script><!--<svg onload=window.hacked=1> \u{202e}\u{1b}[31m";
    let value = |value: Value| json!({"key": nasty, "value": value});
    let attributes = json!([
        value(text(nasty)),
        value(json!({"arrayValue": {"values": [text(nasty)]}})),
        value(json!({"kvlistValue": {"values": [value(text(nasty))]}})),
        value(json!({"bytesValue": nasty})),
        value(json!({"doubleValue": nasty})),
        value(json!({"intValue": nasty})),
        json!({"key": "url.full", "value": text("javascript:window.hacked=1")}),
        json!({"key": "exception.type", "value": text(nasty)}),
        json!({"key": "exception.message", "value": text(nasty)}),
        json!({"key": "exception.stacktrace", "value": text(nasty)}),
    ]);
    let span = |id: &str, parent: &str| {
        json!({
            "traceId": nasty, "spanId": id, "parentSpanId": parent, "name": nasty, "traceState": nasty,
            "kind": nasty, "flags": nasty,
            "startTimeUnixNano": EPOCH.to_string(), "endTimeUnixNano": (EPOCH + 5 * MS).to_string(),
            "attributes": attributes, "droppedAttributesCount": nasty, "droppedEventsCount": 3, "droppedLinksCount": 2,
            "events": [
                {"name": nasty, "timeUnixNano": EPOCH.to_string(), "attributes": attributes, "droppedAttributesCount": 2},
                {"name": "exception", "timeUnixNano": EPOCH.to_string(), "attributes": attributes},
            ],
            "links": [{"traceId": nasty, "spanId": nasty, "traceState": nasty, "attributes": attributes}],
            "status": {"code": 2, "message": nasty},
        })
    };
    let spans = json!([span(nasty, ""), span("00f067aa0ba902b7", nasty), span("00f067aa0ba902b8", "missing")]);
    let message = hostile_message(nasty, &attributes, &spans);
    let mut page = HtmlPage::new();
    page.add_otlp_json(&message.to_string()).unwrap();
    let mut other = Trace::new(1, EPOCH);
    other.add("plain", "plain", None, (0, 10));
    other.add_to(&mut page);
    page
}

/// The spans under a resource and a scope that are no better.
fn hostile_message(nasty: &str, attributes: &Value, spans: &Value) -> Value {
    let resource = json!({"attributes": [
        {"key": "service.name", "value": text(nasty)},
        {"key": nasty, "value": text(nasty)},
    ]});
    let scope = json!({"name": nasty, "version": nasty, "attributes": attributes});
    let scope_spans = json!([{"scope": scope, "schemaUrl": nasty, "spans": spans}]);
    json!({"resourceSpans": [{"resource": resource, "schemaUrl": nasty, "scopeSpans": scope_spans}]})
}

/// 100,000 spans: half of them in one trace, the others in traces of twenty.
fn large() -> HtmlPage {
    const SERVICES: [&str; 6] = ["gateway", "orders", "payments", "catalog", "search", "mail"];
    let mut page = HtmlPage::new().max_bytes(200_000_000);
    let mut random = Random(3);
    for number in 0..2_501_u64 {
        let spans = if number == 0 { 50_000 } else { 20 };
        let mut trace = Trace::new(number, EPOCH + number * 40 * MS);
        let total = spans as u64 * 100;
        for index in 0..spans {
            let parent =
                if index == 0 { None } else { Some(random.between(index as u64 * 4 / 5, index as u64) as usize) };
            let start = index as u64 * 95;
            let end = if index == 0 { total } else { (start + random.between(20, 4_000)).min(total) };
            let service = SERVICES[random.between(0, 6) as usize];
            let span = trace.add(service, &format!("step.{}", random.between(0, 60)), parent, (start, end));
            trace.attribute(span, "item.id", json!({"intValue": random.next().to_string()}));
            trace.attribute(span, "request.id", text(&format!("{:016x}", random.next() << 20)));
            trace.attribute(
                span,
                "db.query.text",
                text("SELECT id, name, price FROM items WHERE id = $1 AND shop = $2"),
            );
            if random.between(0, 400) == 0 {
                trace.fail(span, start + 10, "io::Error", "connection reset by peer");
            }
        }
        trace.add_to(&mut page);
    }
    page
}

/// More than it may hold.
fn full() -> HtmlPage {
    let mut page = HtmlPage::new().max_bytes(200_000);
    let mut random = Random(5);
    for number in 0..300 {
        let mut trace = Trace::new(number, EPOCH + number * 900 * MS);
        checkout(&mut trace, &mut random);
        trace.add_to(&mut page);
    }
    page
}

/// Values and shapes that are rare: rings of parents, lost parents, deep trees, times that are no numbers in JavaScript.
fn odd() -> HtmlPage {
    let mut page = HtmlPage::new();
    let mut ring = Trace::new(0, EPOCH);
    for (name, parent) in [("a", 1), ("b", 0), ("self", 2), ("c", 1)] {
        ring.add("odd", name, Some(parent), (0, 1_000));
    }
    ring.add_to(&mut page);
    let mut deep = Trace::new(1, EPOCH + MS);
    for level in 0..3_000_u64 {
        let parent = (level > 0).then(|| level as usize - 1);
        deep.add("odd", &format!("level {level}"), parent, (level, 9_000 - level));
    }
    deep.add_to(&mut page);
    values().add_to(&mut page);
    page
}

/// Values of all types, and times that no clock gives.
fn values() -> Trace {
    let mut values = Trace::new(2, EPOCH + 2 * MS);
    let all = values.add("odd", "values", None, (0, 4));
    let cases = [
        ("least", json!({"intValue": i64::MIN.to_string()})),
        ("greatest", json!({"intValue": i64::MAX.to_string()})),
        ("one", json!({"doubleValue": 1.0})),
        ("tiny", json!({"doubleValue": 2.2e-308})),
        ("nan", json!({"doubleValue": "NaN"})),
        ("infinite", json!({"doubleValue": "-Infinity"})),
        ("bytes", json!({"bytesValue": "AP8="})),
        ("empty text", text("")),
        ("number text", text("42")),
        ("lines", text("first\nsecond\t\u{1b}")),
        ("empty", json!({})),
        ("list", json!({"arrayValue": {"values": [{"intValue": "1"}, text("a b")]}})),
        ("map", json!({"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": true}}]}})),
        ("long", text(&"long ".repeat(400))),
    ];
    for (key, value) in cases {
        values.attribute(all, key, value);
    }
    values.set(all, "status", json!({"code": 1}));
    values.set(all, "traceState", "vendor=1".into());
    values.set(all, "droppedAttributesCount", 7.into());
    values.add("odd", "skewed", Some(all), (0, 1));
    values.set(1, "startTimeUnixNano", "0".into());
    values.set(1, "endTimeUnixNano", u64::MAX.to_string().into());
    values
}
