//! A server that takes OTLP/HTTP and counts the spans: as little HTTP as that needs, on loopback only.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use crate::process;

static SPANS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Serves until stdin ends. Says its port first; then answers each line with the spans, the bytes and the requests
/// that came since the last one.
///
/// # Panics
///
/// When loopback has no free port.
pub fn run_role() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    println!("{}", listener.local_addr().expect("it is bound").port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    process::serve(|_| {
        let taken = [&SPANS, &BYTES, &REQUESTS].map(|counter| counter.swap(0, Relaxed).to_string());
        taken.join(" ")
    });
}

fn serve(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(mut answers) = stream.try_clone() else { return };
    let mut requests = BufReader::with_capacity(1 << 16, stream);
    let mut body = Vec::new();
    // The peer closes the connection, or breaks off: both end it here.
    while let Ok(true) = read_request(&mut requests, &mut answers, &mut body) {
        SPANS.fetch_add(count_spans(&body), Relaxed);
        BYTES.fetch_add(body.len() as u64, Relaxed);
        REQUESTS.fetch_add(1, Relaxed);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        if answers.write_all(answer).is_err() {
            return;
        }
    }
}

/// Reads one request's body; `false` at the end of the connection.
fn read_request(requests: &mut impl BufRead, answers: &mut impl Write, body: &mut Vec<u8>) -> io::Result<bool> {
    let (mut length, mut is_chunked, mut line) = (0, false, String::new());
    if requests.read_line(&mut line)? == 0 {
        return Ok(false);
    }
    loop {
        line.clear();
        requests.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
            "expect" => answers.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?,
            _ => {}
        }
    }
    body.clear();
    if is_chunked {
        read_chunks(requests, body)?;
    } else {
        body.resize(length, 0);
        requests.read_exact(body)?;
    }
    Ok(true)
}

fn read_chunks(requests: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    let mut line = String::new();
    loop {
        line.clear();
        requests.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        let start = body.len();
        body.resize(start + length, 0);
        requests.read_exact(&mut body[start..])?;
        requests.read_line(&mut line)?;
        if length == 0 {
            return Ok(());
        }
    }
}

/// Spans of an `ExportTraceServiceRequest`: field 2 of field 2 of field 1.
fn count_spans(request: &[u8]) -> u64 {
    let mut spans = 0;
    for_each(request, 1, |resource_spans| {
        for_each(resource_spans, 2, |scope_spans| for_each(scope_spans, 2, |_| spans += 1));
    });
    spans
}

/// Calls `each` with every length-delimited field of that number; stops at anything malformed.
fn for_each(mut message: &[u8], number: u64, mut each: impl FnMut(&[u8])) {
    while !message.is_empty() {
        let Some(key) = varint(&mut message) else { return };
        let length = match key & 7 {
            0 => varint(&mut message).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut message),
            5 => Some(4),
            _ => None,
        };
        let Some(field) = length.and_then(|length| message.get(..usize::try_from(length).ok()?)) else { return };
        if key == number << 3 | 2 {
            each(field);
        }
        message = &message[field.len()..];
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
