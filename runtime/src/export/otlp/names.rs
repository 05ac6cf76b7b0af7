//! From names to addresses.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

/// Asks the system for the addresses of a host, which may take as long as it likes. An address is told at once; a name is
/// looked up on a thread of its own, which is left behind when nobody waits any more.
///
/// # Errors
///
/// When no thread can be started. The resolvers of clients panic then.
pub(crate) fn look_up(
    host: &str,
    port: u16,
    tell: impl FnOnce(io::Result<Vec<SocketAddr>>) + Send + 'static,
) -> io::Result<()> {
    let host = host.trim_matches(['[', ']']).to_owned();
    if let Ok(address) = host.parse::<IpAddr>() {
        tell(Ok(vec![SocketAddr::new(address, port)]));
        return Ok(());
    }
    let ask = move || tell((host.as_str(), port).to_socket_addrs().map(Iterator::collect));
    std::thread::Builder::new().name("traced-name".to_owned()).spawn(ask).map(drop)
}
