//! Errors in one word.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

/// A function that knows the words of a client's errors.
type Classify = dyn Fn(&dyn Any) -> Option<&'static str> + Send + Sync;

/// The `error.type` of a client's errors.
#[derive(Clone, Default)]
pub(crate) struct ErrorTypes(Vec<Arc<Classify>>);

impl ErrorTypes {
    pub(crate) fn add<E: 'static>(&mut self, classify: impl Fn(&E) -> Option<&'static str> + Send + Sync + 'static) {
        self.0.push(Arc::new(move |error| error.downcast_ref().and_then(&classify)));
    }

    /// One of few words, else the name of the type.
    pub(crate) fn of<E: 'static>(&self, error: &E) -> &'static str {
        let any: &dyn Any = error;
        let said = self.0.iter().find_map(|classify| classify(any));
        said.or_else(|| known(any)).unwrap_or(std::any::type_name::<E>())
    }
}

impl fmt::Debug for ErrorTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErrorTypes").field(&self.0.len()).finish()
    }
}

/// What can be told of an error of any type: what the system said, somewhere in its sources.
fn known(error: &dyn Any) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return of_system(error);
    }
    let boxed = error.downcast_ref::<Box<dyn Error + Send + Sync>>()?;
    let mut source: Option<&(dyn Error + 'static)> = Some(&**boxed);
    while let Some(error) = source {
        if let Some(word) = error.downcast_ref().and_then(of_system) {
            return Some(word);
        }
        source = error.source();
    }
    None
}

fn of_system(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable,
        TimedOut,
    };
    match error.kind() {
        TimedOut => Some("timeout"),
        ConnectionRefused | ConnectionReset | ConnectionAborted | HostUnreachable | NetworkUnreachable
        | AddrNotAvailable => Some("connect"),
        _ => None,
    }
}
