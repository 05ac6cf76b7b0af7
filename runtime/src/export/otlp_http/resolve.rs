//! From names to addresses.
//!
//! The client's own resolver panics when no thread can be started, and starts one for each look-up: this one starts none
//! for addresses, and none that cannot be had.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::mpsc::sync_channel;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

#[derive(Debug)]
pub(super) struct Names;

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => look_up(host, port, &timeout)?,
        };
        let mut found = self.empty();
        // As many as the client keeps.
        addresses.into_iter().take(16).for_each(|address| found.push(address));
        if found.is_empty() { Err(Error::HostNotFound) } else { Ok(found) }
    }
}

/// Asks the system, which may take as long as it likes, on a thread that is left behind when the time is over.
fn look_up(host: String, port: u16, timeout: &NextTimeout) -> Result<Vec<SocketAddr>, Error> {
    let (answer, answers) = sync_channel(1);
    let ask = move || {
        let addresses = (host.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        // Nobody waits any more.
        let _ = answer.send(addresses);
    };
    std::thread::Builder::new().name("traced-name".to_owned()).spawn(ask).map_err(Error::Io)?;
    match answers.recv_timeout(*timeout.after) {
        Ok(addresses) => addresses.map_err(Error::Io),
        Err(_) => Err(Error::Timeout(timeout.reason)),
    }
}
