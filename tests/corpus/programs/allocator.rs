//! A program whose global allocator calls annotated functions: whatever allocates, enters them, also before `main`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use traced::{MemoryExporter, traced};

struct Annotated;

static LIVE: AtomicUsize = AtomicUsize::new(0);
/// An allocator has locks of its own.
static OWN: Mutex<()> = Mutex::new(());

#[traced]
fn allocates(size: usize) {
    LIVE.fetch_add(size, Ordering::Relaxed);
}

#[traced]
fn frees(size: usize) -> Result<(), std::fmt::Error> {
    LIVE.fetch_sub(size, Ordering::Relaxed);
    Ok(())
}

unsafe impl GlobalAlloc for Annotated {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocates(layout.size());
        let _own = OWN.lock();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let _ = frees(layout.size());
        let _own = OWN.lock();
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Annotated = Annotated;

#[traced]
fn works(number: u32) -> Result<String, String> {
    if number % 3 == 0 { Err(format!("{number} is one of three")) } else { Ok(number.to_string()) }
}

fn work() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|number| drop(works(number))));
        }
    });
}

fn main() {
    work();
    if std::env::args().nth(1).as_deref() == Some("init") {
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).init().expect("a configuration");
        work();
        drop(guard);
        let named = |name: &str| memory.spans().iter().filter(|span| span.view().name() == name).count();
        assert_eq!(named("works"), 400);
        assert!(named("allocates") > 0);
    }
    assert!(LIVE.load(Ordering::Relaxed) > 0);
    println!("done");
}
