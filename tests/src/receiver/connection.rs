//! One connection: as much of HTTP/1.1 as clients of OTLP use.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::PoisonError;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::reply::{Action, Reply};
use super::span::{ReceivedSpan, spans_of};
use super::{Connection, ReceivedRequest, Shared};

/// Longer heads and bodies are refused by closing the connection.
const MAX_BODY: u64 = 256 << 20;

/// Answers requests until either side closes the connection.
pub(super) fn serve(stream: Box<dyn Connection>, shared: &Shared, times_away: u64) {
    let mut reader = BufReader::new(stream);
    // An error means that the other side is gone, or sent what is no HTTP: both end the connection.
    while let Ok(Some(head)) = read_head(&mut reader) {
        let head = head_of(head);
        if !may_send_body(reader.get_mut(), shared, &head) {
            break;
        }
        let Ok(request) = read_request(&mut reader, head) else { break };
        if !answer(reader.get_mut(), shared, times_away, request) {
            break;
        }
    }
}

/// Answers those who ask whether they may send their body, and those who are to be refused before they have sent it.
fn may_send_body(stream: &mut dyn Connection, shared: &Shared, head: &ReceivedRequest) -> bool {
    let length = head.header("content-length").and_then(|length| length.parse::<usize>().ok()).unwrap_or(0);
    let mut state = shared.lock();
    if state.limit.is_some_and(|limit| limit.refuses_early && length > limit.bytes) {
        let refused = ReceivedRequest { status: Some(413), at: Instant::now(), ..head.clone() };
        state.received.requests.push(refused);
        shared.changed.notify_all();
        let _ = stream.write_all(&Reply::status(413).header("Connection", "close").encode(413));
        return false;
    }
    drop(state);
    head.header("expect").is_none() || stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok()
}

fn head_of((request_line, headers): Head) -> ReceivedRequest {
    let mut words = request_line.split(' ').map(str::to_owned);
    ReceivedRequest {
        at: Instant::now(),
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        headers,
        body_len: 0,
        spans: None,
        status: None,
    }
}

/// A request and what its body holds.
struct Request {
    head: ReceivedRequest,
    spans: Vec<ReceivedSpan>,
}

/// Answers as the script says; false when the connection is to be closed.
fn answer(stream: &mut dyn Connection, shared: &Shared, times_away: u64, request: Request) -> bool {
    let Request { mut head, spans } = request;
    let mut state = shared.lock();
    if state.times_away != times_away {
        return false;
    }
    let is_too_large = state.limit.is_some_and(|limit| head.body_len > limit.bytes);
    let reply = if is_too_large { Some(Reply::status(413)) } else { state.script.pop_front() };
    let reply = reply.or_else(|| state.otherwise.clone()).unwrap_or_else(Reply::accept);
    let close = head.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    let bytes = match reply.action {
        Action::Answer(status) => {
            // A body that does not decode is a client's mistake, whatever the script says.
            let status = if head.spans.is_none() && status / 100 == 2 { 400 } else { status };
            head.status = Some(status);
            if status / 100 == 2 {
                state.received.spans.extend(spans);
            }
            Some(reply.encode(status))
        }
        Action::Noise => Some(reply.body.clone()),
        Action::Hang | Action::Disconnect => None,
    };
    state.received.requests.push(head);
    shared.changed.notify_all();
    if reply.action == Action::Hang {
        // The connection's other end is not watched: a client that gives up just leaves this thread waiting.
        drop(
            shared
                .changed
                .wait_while(state, |state| state.times_away == times_away)
                .unwrap_or_else(PoisonError::into_inner),
        );
        return false;
    }
    drop(state);
    std::thread::sleep(reply.delay);
    let close = close || reply.missing > 0 || reply.action == Action::Noise;
    bytes.is_some_and(|bytes| stream.write_all(&bytes).and_then(|()| stream.flush()).is_ok()) && !close
}

fn read_request(reader: &mut impl BufRead, mut head: ReceivedRequest) -> io::Result<Request> {
    let body = read_body(reader, &head)?;
    head.at = Instant::now();
    head.body_len = body.len();
    let decoded = if head.header("content-encoding") == Some("gzip") { gunzip(&body)? } else { body };
    let is_json = head.header("content-type") == Some("application/json");
    let request = if is_json {
        serde_json::from_slice(&decoded).ok()
    } else {
        ExportTraceServiceRequest::decode(decoded.as_slice()).ok()
    };
    let spans = request.map(spans_of);
    head.spans = spans.as_ref().map(Vec::len);
    Ok(Request { head, spans: spans.unwrap_or_default() })
}

type Head = (String, Vec<(String, String)>);

/// The request line and the header fields; `None` when the client closed the connection between two requests.
fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let request_line = read_line(reader)?;
    if request_line.is_empty() {
        return Ok(None);
    }
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Ok(Some((request_line, headers)));
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
}

fn read_body(reader: &mut impl BufRead, head: &ReceivedRequest) -> io::Result<Vec<u8>> {
    if head.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return read_chunks(reader);
    }
    let len = head.header("content-length").map_or(Ok(0), str::parse).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut body = Vec::new();
    read_exactly(reader, len, &mut body)?;
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader)?;
        let len = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16);
        let len = len.map_err(|_| io::ErrorKind::InvalidData)?;
        read_exactly(reader, len, &mut body)?;
        // The end of the chunk's line, or of the trailer, which our clients leave empty.
        read_line(reader)?;
        if len == 0 {
            return Ok(body);
        }
    }
}

fn read_exactly(reader: &mut impl BufRead, len: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if len > MAX_BODY || reader.take(len).read_to_end(body)? as u64 != len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// A line without its end; empty at the end of the stream.
fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(64 << 10).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn gunzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    flate2::read::GzDecoder::new(body).take(MAX_BODY).read_to_end(&mut decoded)?;
    Ok(decoded)
}
