//! What each process in a chain of forks has for itself.
//!
//! A forked child has only the thread that forked. A lock that another thread of the parent held at that moment stays
//! locked in the child for good, so the child uses fresh values.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

static FORKS: AtomicUsize = AtomicUsize::new(0);

/// A static with one value for each process in a chain of forks; made by [`per_process!`](crate::__per_process).
pub struct PerProcess<T> {
    value: T,
    make: fn() -> T,
    /// That of a child that was forked from the process which uses `value`.
    child: OnceLock<Box<Self>>,
}

impl<T> PerProcess<T> {
    /// The first process's value, and what makes that of a child.
    pub const fn new(value: T, make: fn() -> T) -> Self {
        Self { value, make, child: OnceLock::new() }
    }

    #[cold]
    fn after_forks(&self, forks: usize) -> &T {
        let mut own = self;
        for _ in 0..forks {
            own = own.child.get_or_init(|| Box::new(Self::new((own.make)(), own.make)));
        }
        &own.value
    }
}

impl<T: Clone> PerProcess<RwLock<T>> {
    /// Copies what the value is now; what is returned puts that into the next process's own, once it is the next one.
    /// A value that was just being changed by a thread which is not there any more is not taken over.
    pub(crate) fn carry(&'static self) -> impl FnOnce() {
        let now = self.try_read().ok().map(|value| value.clone());
        move || {
            if let Some(now) = now {
                *self.write().unwrap_or_else(PoisonError::into_inner) = now;
            }
        }
    }
}

impl<T> Deref for PerProcess<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match FORKS.load(Ordering::Relaxed) {
            0 => &self.value,
            forks => self.after_forks(forks),
        }
    }
}

/// The value of a static, made anew in each process.
#[doc(hidden)]
#[macro_export]
macro_rules! __per_process {
    ($value:expr) => {
        $crate::__runtime::fork::PerProcess::new($value, || $value)
    };
}
pub(crate) use __per_process as per_process;

/// Which process in a chain of forks this is.
pub(crate) fn process() -> usize {
    FORKS.load(Ordering::Relaxed)
}

/// From here on this process uses values of its own.
pub(crate) fn next_process() {
    FORKS.fetch_add(1, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_has_its_own_value_however_many_there_are() {
        static COUNT: PerProcess<AtomicUsize> = per_process!(AtomicUsize::new(0));
        for forks in 0..40 {
            COUNT.after_forks(forks).store(forks + 1, Ordering::Relaxed);
        }
        assert!((0..40).all(|forks| COUNT.after_forks(forks).load(Ordering::Relaxed) == forks + 1));
        assert_eq!(COUNT.after_forks(40).load(Ordering::Relaxed), 0);
    }
}
