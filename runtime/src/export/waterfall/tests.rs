use super::*;

const MS: u64 = 1_000_000;

fn row(id: u64, parent: u64, name: &str, start: u64, end: u64) -> Row {
    Row {
        name: name.into(),
        span_id: SpanId::from_u64(id),
        parent: Some(SpanId::from_u64(parent)).filter(|id| id.is_valid()),
        start_unix_nanos: 1_000_000 * MS + start * MS / 10,
        end_unix_nanos: 1_000_000 * MS + end * MS / 10,
        ..Row::default()
    }
}

fn of(service: &str, kind: SpanKind, row: Row) -> Row {
    Row { service: service.into(), kind, ..row }
}

fn render(rows: &[Row], width: usize) -> String {
    let text = Waterfall::new(TraceId::from_u128(7), rows).width(width).to_string();
    for line in text.lines() {
        assert!(super::width::width(line) <= width.max(60), "wider than {width}: {line}");
        assert_eq!(line, line.trim_end());
    }
    text
}

/// Without the header line.
fn body(rows: &[Row], width: usize) -> String {
    render(rows, width).split_once('\n').unwrap().1.to_owned()
}

#[test]
fn four_services() {
    let order = KeyValue::new("order.id", 42);
    let failed = Some("card declined".to_owned());
    let rows = [
        of("gateway", SpanKind::Server, row(1, 0, "POST /checkout", 0, 684)),
        Row { attributes: vec![order], ..of("orders", SpanKind::Server, row(2, 1, "orders.create", 54, 664)) },
        of("orders", SpanKind::Client, row(3, 2, "INSERT orders", 102, 284)),
        Row { error: failed, ..of("payments", SpanKind::Server, row(4, 2, "payments.charge", 310, 551)) },
    ];
    let expected = "\
POST /checkout  trace 00000000000000000000000000000007  68.4 ms  4 spans  1 error
gateway   POST /checkout         server  ███████████████████████████   68.4 ms
orders    └─ orders.create       server    ████████████████████████▎   61.0 ms  order.id=42
orders       ├─ INSERT orders    client      ███████▎                  18.2 ms
payments     └─ payments.charge  server              █████████▊        24.1 ms  ✗ card declined
";
    assert_eq!(render(&rows, 100), expected);
}

#[test]
fn events_links_and_what_does_not_fit_go_on_lines_of_their_own() {
    let attributes = vec![
        KeyValue::new("code.function.name", "shop::checkout"),
        KeyValue::new("user", "ann"),
        KeyValue::new("request.body", "a rather long text that does not fit beside the bar"),
        KeyValue::new("n", 1),
    ];
    let exception = RowEvent {
        name: "exception".into(),
        unix_nanos: 1_000_000 * MS + 5 * MS,
        attributes: vec![
            KeyValue::new("exception.type", "E"),
            KeyValue::new("exception.message", "broken"),
            KeyValue::new("exception.stacktrace", "0: main"),
        ],
    };
    let links = vec![(TraceId::from_u128(1), SpanId::from_u64(2))];
    let root = Row {
        attributes,
        error: Some("broken".into()),
        events: vec![exception],
        links,
        ..row(1, 0, "checkout", 0, 100)
    };
    let rows = [root, row(2, 1, "child", 10, 20)];
    let expected = "\
checkout        ██████████████████████████████   10.0 ms  ✗ broken  user=ann
│  request.body=\"a rather long text that does not fit beside the bar\"  n=1
│  · exception                 ◆                +5.00 ms  exception.type=E
│  ↗ linked to span 0000000000000002 of trace 00000000000000000000000000000001
└─ child           ███                           1.00 ms
";
    assert_eq!(body(&rows, 80), expected);
}

#[test]
fn spans_whose_parent_is_missing_are_marked_roots() {
    let rows = [row(1, 0, "root", 0, 100), row(2, 99, "lost", 50, 100), row(3, 2, "below", 60, 70)];
    let text = render(&rows, 90);
    assert!(text.lines().next().unwrap().ends_with("10.0 ms  3 spans  1 without parent (◌)"), "{text}");
    let names = text.lines().skip(1).map(|line| line.split("  ").next().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["root", "◌ lost", "└─ below"]);
}

#[test]
fn rings_of_parents_end() {
    let rows = [row(1, 2, "a", 0, 1), row(2, 1, "b", 0, 1), row(3, 3, "self", 0, 1), row(4, 2, "c", 0, 1)];
    let text = body(&rows, 60);
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(
        text.contains("◌ a") && text.contains("└─ b") && text.contains("   └─ c") && text.contains("◌ self"),
        "{text}"
    );
}

#[test]
fn hostile_names_stay_on_their_line() {
    let hostile = "\u{1b}[31mred\u{1b}[0m\r\n\u{9b}2J";
    let nasty = Row {
        service: hostile.into(),
        error: Some(hostile.into()),
        attributes: vec![KeyValue::new(hostile, hostile)],
        events: vec![RowEvent { name: hostile.into(), unix_nanos: 0, attributes: vec![KeyValue::new("k", hostile)] }],
        ..row(1, 0, hostile, 0, 1)
    };
    let rows = [nasty, of("b", SpanKind::Internal, row(2, 1, "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", 0, 1))];
    for width in [0, 60, 80, 200] {
        let text = render(&rows, width);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn deep_traces_keep_their_innermost_guides() {
    let rows = (1..=5_000).map(|id| row(id, id - 1, &format!("level {id}"), id, 10_000 - id)).collect::<Vec<_>>();
    let text = Waterfall::new(TraceId::from_u128(7), &rows).max_rows(5_000).to_string();
    let line = text.lines().find(|line| line.contains("level 4000")).unwrap();
    assert!(line.starts_with("⋯  ") && line.contains("└─ level 4000 "), "{line}");
    assert!(text.lines().skip(1).all(|line| super::width::width(line) <= 100));
}

#[test]
fn large_traces_are_cut_with_counts_and_keep_their_errors() {
    let mut rows = vec![row(1, 0, "root", 0, 9_000)];
    rows.extend((2..=2_001).map(|id| row(id, 1, "call", id, id + 1)));
    rows.extend((3_000..6_000).map(|id| row(id, 2 + id % 2_000, "inner", id - 1_000, id - 999)));
    rows.push(Row { error: Some("bad".into()), ..row(9_000, 5_999, "failed", 4_999, 5_000) });
    let text = render(&rows, 100);
    assert!(text.starts_with("root  trace 00000000000000000000000000000007  900 ms  5,002 spans  1 error\n"), "{text}");
    assert!(text.contains("└─ failed") && text.contains("✗ bad"), "{text}");
    let shown = text.lines().skip(1).filter(|line| !line.contains('…')).count();
    assert_eq!(shown, 200);
    let hidden = text.lines().filter_map(|line| {
        let count = line.split_once("… ")?.1.split_once(" more span")?.0;
        count.replace(',', "").parse::<usize>().ok()
    });
    assert_eq!(hidden.sum::<usize>(), 5_002 - 200);
}

#[test]
fn colours_wrap_whole_pieces() {
    let rows = [Row { error: Some(String::new()), ..row(1, 0, "a", 0, 1) }];
    let text = Waterfall::new(TraceId::from_u128(7), &rows).color(true).to_string();
    assert!(text.contains("\u{1b}[1ma\u{1b}[0m  trace \u{1b}[2m0000"), "{text:?}");
    assert!(text.ends_with("\u{1b}[31m✗\u{1b}[0m\n"), "{text:?}");
    let plain = Waterfall::new(TraceId::from_u128(7), &rows).to_string();
    let stripped = text
        .split('\u{1b}')
        .map(|part| part.split_once('m').map_or(part, |(code, rest)| if code.starts_with('[') { rest } else { part }));
    assert_eq!(stripped.collect::<String>(), plain);
}

#[test]
fn header_keeps_to_the_width() {
    let mut rows = [row(1, 0, "a name that is rather long", 0, 1_234_567_890), row(2, 7, "orphan", 1, 2)];
    rows.iter_mut().for_each(|row| {
        row.service = "a service with a name".into();
        row.error = Some(String::new());
    });
    for columns in 60..=140 {
        for note in [None, Some("continued")] {
            let mut waterfall = Waterfall::new(TraceId::from_u128(1), &rows).width(columns);
            waterfall.note = note;
            let text = waterfall.to_string();
            let header = text.lines().next().unwrap();
            assert!(width::width(header) <= columns, "{columns}: {header}");
            assert!(header.starts_with("a n"), "{header}");
        }
    }
}

#[test]
fn nothing_to_show_is_no_panic() {
    assert_eq!(render(&[], 0), "  trace 00000000000000000000000000000007  0 ns  0 spans\n");
    let upside_down = Row { start_unix_nanos: u64::MAX, end_unix_nanos: 0, ..Row::default() };
    assert_eq!(render(&[upside_down], 1_000).lines().count(), 2);
}
