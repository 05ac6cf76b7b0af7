//! An OTLP/HTTP receiver on a loopback port that keeps what it gets and fails on command.
//!
//! It decodes with opentelemetry-proto and prost, so what it shows is what other people's code reads in our bytes.
//!
//! ```no_run
//! use std::time::Duration;
//! use traced_tests::receiver::{Receiver, Reply};
//!
//! let receiver = Receiver::start();
//! receiver.script([Reply::status(503).header("Retry-After", "1"), Reply::accept()]);
//! // … a program sends spans to `receiver.endpoint()` …
//! let spans = receiver.wait_for(Duration::from_secs(10), |spans| spans.len() == 3).unwrap();
//! assert_eq!(spans[0].name, "checkout");
//! assert_eq!(receiver.connections(), 1);
//! ```

mod connection;
mod reply;
mod span;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use reply::Reply;
pub use span::ReceivedSpan;

/// Listens until dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Mutex<Option<JoinHandle<()>>>,
}

/// Everything that arrived so far.
#[derive(Debug, Default)]
pub struct Received {
    /// The spans of all accepted requests, in the order of arrival.
    pub spans: Vec<ReceivedSpan>,
    /// All requests, refused ones included.
    pub requests: Vec<ReceivedRequest>,
    /// How many TCP connections were accepted.
    pub connections: usize,
}

/// One HTTP request.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    /// When it was complete.
    pub at: Instant,
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The header fields, as they were written.
    pub headers: Vec<(String, String)>,
    /// Bytes of the body on the wire.
    pub body_len: usize,
    /// How many spans the body held; `None` if it is no `ExportTraceServiceRequest`.
    pub spans: Option<usize>,
    /// The status it was answered with; `None` if it was left without an answer.
    pub status: Option<u16>,
}

/// What was waited for did not happen in time; shows what did.
pub struct TimedOut {
    received: String,
}

/// A connection, encrypted or not.
pub trait Connection: Read + Write + Send {}

impl<T: Read + Write + Send> Connection for T {}

/// What a TCP connection goes through first.
type Wrap = dyn Fn(TcpStream) -> Box<dyn Connection> + Send + Sync;

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    wrap: Box<Wrap>,
}

#[derive(Debug, Default)]
struct State {
    received: Received,
    script: VecDeque<Reply>,
    otherwise: Option<Reply>,
    limit: Option<Limit>,
    /// Open connections, to be cut when going away.
    open: Vec<TcpStream>,
    away: bool,
    /// How often it went away: connections of an earlier time are dead.
    times_away: u64,
}

/// The largest body that is taken; others are refused with 413.
#[derive(Clone, Copy, Debug)]
struct Limit {
    bytes: usize,
    /// Before the body was read; then the connection is closed.
    refuses_early: bool,
}

impl Receiver {
    /// Listens on a free loopback port.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(|stream| Box::new(stream))
    }

    /// Listens there.
    ///
    /// # Panics
    /// If that cannot be.
    #[must_use]
    pub fn start_at(address: SocketAddr) -> Self {
        Self::listening(TcpListener::bind(address).expect("the address is free"), |stream| Box::new(stream))
    }

    /// On a free loopback port, with each connection going through `wrap` first, which may encrypt it.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start_with(wrap: impl Fn(TcpStream) -> Box<dyn Connection> + Send + Sync + 'static) -> Self {
        Self::listening(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port"), wrap)
    }

    fn listening(
        listener: TcpListener,
        wrap: impl Fn(TcpStream) -> Box<dyn Connection> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().expect("a listener has an address");
        let shared = Shared { state: Mutex::default(), changed: Condvar::new(), wrap: Box::new(wrap) };
        let shared = Arc::new(shared);
        let acceptor = Mutex::new(Some(accept_on(listener, Arc::clone(&shared))));
        Self { address, shared, acceptor }
    }

    /// Has a port, on which it does not listen before [`come_back`](Self::come_back).
    #[must_use]
    pub fn start_away() -> Self {
        let receiver = Self::start();
        receiver.go_away();
        receiver
    }

    /// The base URL, as `OTEL_EXPORTER_OTLP_ENDPOINT` takes it.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers the next requests with these, in order; later ones are accepted, or see
    /// [`otherwise`](Self::otherwise).
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.lock().script.extend(replies);
    }

    /// What requests get when the script is at its end.
    pub fn otherwise(&self, reply: Reply) {
        self.shared.lock().otherwise = Some(reply);
    }

    /// Refuses larger bodies with 413.
    pub fn take_at_most(&self, bytes: usize) {
        self.shared.lock().limit = Some(Limit { bytes, refuses_early: false });
    }

    /// The same before the body was read, with the connection closed: what is still being sent meets a reset.
    pub fn take_at_most_and_hang_up(&self, bytes: usize) {
        self.shared.lock().limit = Some(Limit { bytes, refuses_early: true });
    }

    /// Closes the port and cuts all connections. Connecting is refused from here on.
    pub fn go_away(&self) {
        let open = {
            let mut state = self.shared.lock();
            state.away = true;
            state.times_away += 1;
            std::mem::take(&mut state.open)
        };
        self.shared.changed.notify_all();
        for connection in open {
            // Already closed by the other side is as good.
            let _ = connection.shutdown(Shutdown::Both);
        }
        let acceptor = self.acceptor.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(acceptor) = acceptor {
            // Wakes the thread out of `accept`; it sees `away` and drops the listener.
            let _ = TcpStream::connect(self.address);
            let _ = acceptor.join();
        }
    }

    /// Listens again, on the same port.
    ///
    /// # Panics
    /// If somebody else took the port meanwhile and keeps it for 5 s.
    pub fn come_back(&self) {
        let deadline = Instant::now() + Duration::from_secs(5);
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < deadline, "{}: {error}", self.address),
            }
            std::thread::yield_now();
        };
        self.shared.lock().away = false;
        let mut acceptor = self.acceptor.lock().unwrap_or_else(PoisonError::into_inner);
        *acceptor = Some(accept_on(listener, Arc::clone(&self.shared)));
    }

    /// Reads everything that arrived so far.
    pub fn with<R>(&self, read: impl FnOnce(&Received) -> R) -> R {
        read(&self.shared.lock().received)
    }

    /// The spans that arrived so far.
    #[must_use]
    pub fn spans(&self) -> Vec<ReceivedSpan> {
        self.with(|received| received.spans.clone())
    }

    /// The spans that arrived so far, which are forgotten here.
    #[must_use]
    pub fn take_spans(&self) -> Vec<ReceivedSpan> {
        std::mem::take(&mut self.shared.lock().received.spans)
    }

    /// The requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.with(|received| received.requests.clone())
    }

    /// How many connections were accepted so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.with(|received| received.connections)
    }

    /// Waits until the spans satisfy a condition, and returns them.
    ///
    /// # Errors
    /// When that did not happen in time.
    pub fn wait_for(
        &self,
        timeout: Duration,
        mut condition: impl FnMut(&[ReceivedSpan]) -> bool,
    ) -> Result<Vec<ReceivedSpan>, TimedOut> {
        self.wait_until(timeout, |received| condition(&received.spans))?;
        Ok(self.spans())
    }

    /// Waits until what arrived satisfies a condition.
    ///
    /// # Errors
    /// When that did not happen in time.
    pub fn wait_until(&self, timeout: Duration, mut condition: impl FnMut(&Received) -> bool) -> Result<(), TimedOut> {
        let unsatisfied = |state: &mut State| !condition(&state.received);
        let (state, result) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), timeout, unsatisfied)
            .unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() { Err(TimedOut { received: state.received.summary() }) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.go_away();
    }
}

impl ReceivedRequest {
    /// The value of a header field, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }
}

impl Received {
    fn summary(&self) -> String {
        let statuses = self.requests.iter().map(|request| request.status).collect::<Vec<_>>();
        let names = self.spans.iter().map(|span| span.name.as_str()).take(50).collect::<Vec<_>>();
        format!(
            "{} connections; {} requests, answered {statuses:?}; {} spans: {names:?}",
            self.connections,
            self.requests.len(),
            self.spans.len()
        )
    }
}

impl std::fmt::Debug for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "timed out; received: {}", self.received)
    }
}

impl std::fmt::Display for TimedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for TimedOut {}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept_on(listener: TcpListener, shared: Arc<Shared>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            let times_away = {
                let mut state = shared.lock();
                if state.away {
                    return;
                }
                state.received.connections += 1;
                state.open.extend(stream.try_clone());
                state.times_away
            };
            shared.changed.notify_all();
            let shared = Arc::clone(&shared);
            // Ends when either side closes the connection.
            std::thread::spawn(move || {
                let Ok(socket) = stream.try_clone() else { return };
                connection::serve((shared.wrap)(stream), &shared, times_away);
                let _ = socket.shutdown(Shutdown::Both);
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "POST /v1/traces HTTP/1.1\r\nContent-Length: 0\r\n\r\n";

    fn send(to: &Receiver, request: &str) -> String {
        let mut stream = TcpStream::connect(to.address()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn answers_by_the_script_and_counts() {
        let receiver = Receiver::start();
        receiver.script([Reply::status(503).header("Retry-After", "7"), Reply::disconnect(), Reply::accept()]);
        let answer = send(&receiver, &EMPTY.repeat(2));
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("Retry-After: 7\r\n"), "{answer}");
        assert!(send(&receiver, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").contains(" 200 "));
        assert!(send(&receiver, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\u{7f}\u{7f}\u{7f}").contains(" 400 "));
        assert_eq!(receiver.connections(), 3);
        let statuses = receiver.requests().iter().map(|request| request.status).collect::<Vec<_>>();
        assert_eq!(statuses, [Some(503), None, Some(200), Some(400)]);
    }

    #[test]
    fn goes_away_and_comes_back() {
        let receiver = Receiver::start_away();
        assert!(TcpStream::connect(receiver.address()).is_err());
        receiver.come_back();
        assert!(send(&receiver, EMPTY).contains(" 200 "));
        receiver.script([Reply::hang()]);
        let mut hanging = TcpStream::connect(receiver.address()).unwrap();
        hanging.write_all(EMPTY.as_bytes()).unwrap();
        receiver.wait_until(Duration::from_secs(10), |received| received.requests.len() == 2).unwrap();
        receiver.go_away();
        let mut nothing = Vec::new();
        let _ = hanging.read_to_end(&mut nothing);
        assert!(nothing.is_empty());
        let timed_out = receiver.wait_for(Duration::ZERO, |spans| !spans.is_empty()).unwrap_err();
        assert!(timed_out.to_string().contains("2 requests, answered [Some(200), None]"), "{timed_out}");
    }
}
