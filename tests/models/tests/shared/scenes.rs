// What is checked; included where `bell`, `chunk` and `sync` are one checker's.

use super::{Duration, Instant, thread};
use bell::Bell;
use chunk::{Chunk, Head, Link, Place};
use sync::{Arc, AtomicU64, AtomicUsize, Condvar, Mutex, Ordering};

/// Records of two words; two of them fit a chunk.
const RECORDS: u64 = 3;
const CHUNK_WORDS: usize = 4;

fn new_chunk() -> Arc<Chunk> {
    Arc::new(Chunk::new((0..CHUNK_WORDS).map(|_| AtomicU64::new(0)).collect()))
}

/// A record says its number in each word.
struct Number(u64);

impl Head for Number {
    fn store(&self, words: &[AtomicU64; HEAD_WORDS]) {
        words.iter().for_each(|word| word.store(self.0, Ordering::Relaxed));
    }
}

/// As the writing end does it.
fn write(first: &Link) {
    let mut chunk = new_chunk();
    chunk::append(first, &chunk);
    let mut at = 0;
    for record in 1..=RECORDS {
        at = match chunk.write_head(at, || Number(record)) {
            Some(end) => end,
            None => {
                let next = new_chunk();
                chunk::append(&chunk.next, &next);
                chunk = next;
                chunk.write_head(0, || Number(record)).unwrap()
            }
        };
    }
}

/// A thread writes while another one reads, and once more when it is done.
pub(crate) fn records() {
    let first: Arc<Link> = Arc::new(Mutex::new(None));
    let writer = {
        let first = Arc::clone(&first);
        thread::spawn(move || write(&first))
    };
    let mut place = Place::default();
    let mut seen = 0;
    let mut read = || {
        let mut take = |words: &[AtomicU64]| {
            for record in words.chunks(HEAD_WORDS) {
                seen += 1;
                let is_whole = record.iter().all(|word| word.load(Ordering::Relaxed) == seen);
                assert!(is_whole, "a record that was published is whole");
            }
        };
        place.read(&first, &mut take, drop);
    };
    read();
    writer.join().unwrap();
    read();
    assert_eq!(seen, RECORDS);
}

/// One thread fills a chunk, which is enough to wake the one that sleeps until it has. No wait ends by time here: a wake-up
/// that is lost is a deadlock.
pub(crate) fn wakes() {
    let bell = Arc::new(Bell {
        lock: Mutex::new(()),
        rang: Condvar::new(),
        sleepers: AtomicUsize::new(0),
        full_chunks: AtomicUsize::new(0),
        wake_at: AtomicUsize::new(1),
    });
    let recorder = {
        let bell = Arc::clone(&bell);
        thread::spawn(move || bell.on_full_chunk())
    };
    let far = Instant::now() + Duration::from_secs(3600);
    assert!(bell.wait_until(far, || bell.is_much_waiting()));
    bell.drained();
    recorder.join().unwrap();
}
