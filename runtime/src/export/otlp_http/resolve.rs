//! From names to addresses, as the HTTP client asks for them.

use std::sync::mpsc::sync_channel;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::export::otlp::names::look_up;
use crate::export::otlp::url::port_of;

#[derive(Debug)]
pub(super) struct Names;

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (answer, answers) = sync_channel(1);
        // Nobody may wait any more.
        let tell = move |addresses| drop(answer.send(addresses));
        look_up(uri.host().unwrap_or_default(), port_of(uri), tell).map_err(Error::Io)?;
        let addresses = answers.recv_timeout(*timeout.after).map_err(|_| Error::Timeout(timeout.reason))?;
        let mut found = self.empty();
        // As many as the client keeps.
        addresses.map_err(Error::Io)?.into_iter().take(16).for_each(|address| found.push(address));
        if found.is_empty() { Err(Error::HostNotFound) } else { Ok(found) }
    }
}
