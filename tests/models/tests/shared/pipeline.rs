// Recording threads, an exporter's thread, a flush and the end; included where `bell`, `chunk` and `sync` are one checker's.

use super::{Duration, Instant, thread};
use bell::Bell;
use chunk::{Chunk, Head, Link, Place};
use sync::{Arc, AtomicU64, AtomicUsize, Condvar, Mutex, Ordering};

const WRITERS: usize = 2;
const RECORDS: u64 = 7;
/// Two records, or one with a dynamic field and the rest unused.
const CHUNK_WORDS: usize = 4;

struct Hub {
    bell: Bell,
    outboxes: [Link; WRITERS],
    /// Records that the exporter's thread has read, of each writer.
    read: [AtomicU64; WRITERS],
    requested: AtomicUsize,
    done: AtomicUsize,
    is_closed: AtomicUsize,
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

fn new_chunk() -> Arc<Chunk> {
    Arc::new(Chunk::new((0..CHUNK_WORDS).map(|_| AtomicU64::new(0)).collect()))
}

/// A record says its number, and how many bytes follow.
struct NumberAndLength(u64, u64);

impl Head for NumberAndLength {
    fn store(&self, words: &[AtomicU64; HEAD_WORDS]) {
        words[0].store(self.0, Ordering::Relaxed);
        words[1].store(self.1, Ordering::Relaxed);
    }
}

/// A recording thread. Each third record has a dynamic field.
fn write(hub: &Hub, writer: usize) {
    let mut chunk = new_chunk();
    chunk::append(&hub.outboxes[writer], &chunk);
    let mut at = 0;
    for record in 1..=RECORDS {
        let dynamic: &[u8] = if record.is_multiple_of(3) { &[7; 5] } else { &[] };
        let head = NumberAndLength(record, dynamic.len() as u64);
        at = chunk.write(at, dynamic, &head).unwrap_or_else(|| {
            let next = new_chunk();
            chunk::append(&chunk.next, &next);
            chunk = next;
            hub.bell.on_full_chunk();
            chunk.write(0, dynamic, &head).unwrap()
        });
    }
}

/// The exporter's thread.
fn export(hub: &Hub) {
    let mut places: [_; WRITERS] = std::array::from_fn(|_| Place::default());
    loop {
        let has_request = || hub.done.load(Ordering::SeqCst) < hub.requested.load(Ordering::SeqCst);
        let is_closed = || hub.is_closed.load(Ordering::SeqCst) > 0;
        assert!(hub.bell.wait_until(far(), || has_request() || is_closed() || hub.bell.is_much_waiting()));
        // Both before reading: what has ended by then is read.
        let (requested, is_last) = (hub.requested.load(Ordering::SeqCst), is_closed());
        hub.bell.drained();
        for (writer, place) in places.iter_mut().enumerate() {
            let mut take = |mut words: &[AtomicU64]| {
                while let [record, length, ..] = words {
                    let seen = hub.read[writer].load(Ordering::SeqCst) + 1;
                    assert_eq!(record.load(Ordering::Relaxed), seen, "each once, in order");
                    hub.read[writer].store(seen, Ordering::SeqCst);
                    words = &words[HEAD_WORDS + (length.load(Ordering::Relaxed) as usize).div_ceil(8)..];
                }
            };
            place.read(&hub.outboxes[writer], &mut take, drop);
        }
        hub.done.store(requested, Ordering::SeqCst);
        hub.bell.ring();
        if is_last {
            return;
        }
    }
}

fn flush(hub: &Hub) {
    let ticket = hub.requested.fetch_add(1, Ordering::SeqCst) + 1;
    hub.bell.ring();
    assert!(hub.bell.wait_until(far(), || hub.done.load(Ordering::SeqCst) >= ticket));
}

pub(crate) fn pipeline() {
    let hub = Arc::new(Hub {
        bell: Bell {
            lock: Mutex::new(()),
            rang: Condvar::new(),
            sleepers: AtomicUsize::new(0),
            full_chunks: AtomicUsize::new(0),
            wake_at: AtomicUsize::new(2),
        },
        outboxes: std::array::from_fn(|_| Mutex::new(None)),
        read: std::array::from_fn(|_| AtomicU64::new(0)),
        requested: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        is_closed: AtomicUsize::new(0),
    });
    let run = |part: fn(&Hub)| {
        let hub = Arc::clone(&hub);
        thread::spawn(move || part(&hub))
    };
    let exporter = run(export);
    let other = run(|hub| write(hub, 1));
    // Two flush at once: more than one thread sleeps.
    let flushes = run(flush);
    run(|hub| write(hub, 0)).join().unwrap();
    flush(&hub);
    assert_eq!(hub.read[0].load(Ordering::SeqCst), RECORDS, "a flush reaches what has ended on any thread");
    flushes.join().unwrap();
    other.join().unwrap();
    hub.is_closed.store(1, Ordering::SeqCst);
    hub.bell.ring();
    exporter.join().unwrap();
    assert_eq!(hub.read[1].load(Ordering::SeqCst), RECORDS, "nothing is lost at the end");
}
