//! A proxy on a loopback port that connects to wherever the test wants, or fails on command.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

/// What it does when it is asked for a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// It connects to this address, whatever it is asked for.
    Connects(SocketAddr),
    /// It answers with this status.
    Refuses(u16),
    /// It does not answer.
    Hangs,
}

/// A proxy that knows `CONNECT` alone.
pub struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens on a free loopback port.
    ///
    /// # Panics
    /// If no port can be had.
    #[must_use]
    pub fn start(when_asked: Asked) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("a listener has an address");
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A client that breaks off ends its own thread.
                std::thread::spawn(move || drop(serve(stream, when_asked, &seen)));
            }
        });
        Self { address, heads }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it was asked so far.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(client: TcpStream, when_asked: Asked, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    let mut client = client;
    match when_asked {
        Asked::Refuses(status) => write!(client, "HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n"),
        // Until the client gives up.
        Asked::Hangs => reader.read_line(&mut String::new()).map(drop),
        Asked::Connects(to) => {
            let mut server = TcpStream::connect(to)?;
            client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            let (mut answers, mut to_client) = (server.try_clone()?, client.try_clone()?);
            std::thread::spawn(move || {
                let _ = io::copy(&mut answers, &mut to_client);
                let _ = to_client.shutdown(std::net::Shutdown::Both);
            });
            io::copy(&mut reader, &mut server)?;
            server.shutdown(std::net::Shutdown::Write)
        }
    }
}
