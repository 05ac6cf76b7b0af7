//! Disks that are full or cannot be written: the file exporter, and the spool.

use std::path::Path;
use std::process::Command;

use traced::FileExporter;
use traced_tests::child;
use traced_tests::receiver::Receiver;

use crate::{LONG, all_arrive, assert_adds_up, ends_in_time, spans, stats, to};

/// A child with a disk of 64 KiB in a folder. `false` when that cannot be had here.
fn on_a_small_disk(name: &str) -> bool {
    if child::has_namespaces(name) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let script = format!("ip link set lo up; mount -t tmpfs -o size=64k none {path}");
        let said = child::succeeds(name, child::prepared(name, &[("TEST_DISK", path)], true, &script));
        assert!(said.contains("No space left on device") || said.contains("Read-only file system"), "{said}");
    }
    child::is(name)
}

fn disk() -> std::path::PathBuf {
    std::env::var("TEST_DISK").unwrap().into()
}

fn fill(path: &Path) {
    let all = vec![b'x'; 1 << 20];
    std::fs::write(path, all).unwrap_err();
}

#[test]
fn what_a_full_disk_does_not_take_is_counted_and_what_it_takes_again_is_written() {
    const NAME: &str = "what_a_full_disk_does_not_take_is_counted_and_what_it_takes_again_is_written";
    if !child::is(NAME) {
        on_a_small_disk(NAME);
        return;
    }
    let path = disk().join("spans.jsonl");
    let guard = traced::builder().exporter(FileExporter::append(&path).unwrap()).init().unwrap();
    spans(1);
    traced::flush(LONG).unwrap();
    fill(&disk().join("else"));
    spans(1_000);
    traced::flush(LONG).unwrap_err();
    assert_eq!((stats().exported, stats().refused), (1, 1_000));
    std::fs::remove_file(disk().join("else")).unwrap();
    spans(1);
    traced::flush(LONG).unwrap();
    assert_eq!((stats().exported, stats().refused), (2, 1_000));
    let written = std::fs::read_to_string(&path).unwrap();
    let whole = written.lines().filter(|line| serde_json_is_whole(line)).count();
    assert_eq!(whole, 2, "the torn line spoils no other");
    assert_adds_up();
    ends_in_time(guard, LONG);
}

fn serde_json_is_whole(line: &str) -> bool {
    line.starts_with('{') && line.ends_with("]}")
}

#[test]
fn what_a_disk_that_became_read_only_does_not_take_is_counted() {
    const NAME: &str = "what_a_disk_that_became_read_only_does_not_take_is_counted";
    if !child::is(NAME) {
        on_a_small_disk(NAME);
        return;
    }
    let path = disk().join("spans.jsonl");
    let exporter = FileExporter::append(&path).unwrap();
    let guard = traced::builder().exporter(exporter).init().unwrap();
    // A disk with open files is not made read-only: another one takes its place.
    let run = |command: &str| {
        let status = Command::new("sh").args(["-c", command, "sh"]).arg(disk()).status().unwrap();
        assert!(status.success(), "{command}");
    };
    run("mount -t tmpfs -o ro none \"$1\"");
    spans(3);
    traced::flush(LONG).unwrap_err();
    assert_eq!((stats().exported, stats().refused), (0, 3));
    run("umount \"$1\"");
    spans(1);
    traced::flush(LONG).unwrap();
    assert_eq!((stats().exported, stats().refused, path.exists()), (1, 3, true));
    assert_adds_up();
    ends_in_time(guard, LONG);
}

#[test]
fn a_spool_on_a_full_disk_keeps_spans_in_memory_and_nothing_is_lost() {
    const NAME: &str = "a_spool_on_a_full_disk_keeps_spans_in_memory_and_nothing_is_lost";
    if !child::is(NAME) {
        on_a_small_disk(NAME);
        return;
    }
    let receiver = Receiver::start_away();
    let exporter = to(&receiver.endpoint()).build().unwrap();
    let guard = traced::builder().exporter(exporter).spool(disk()).init().unwrap();
    fill(&disk().join("else"));
    spans(2_000);
    assert!(traced::flush(crate::SHORT).is_err());
    assert_eq!((stats().queued, stats().spooled, stats().failed), (2_000, 0, 0));
    assert_adds_up();
    let torn = std::fs::read_dir(disk()).unwrap().filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let files: Vec<_> = torn.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap()).collect();
    assert_eq!(files.len(), 1, "the lock alone: {files:?}");
    receiver.come_back();
    all_arrive();
    assert_eq!(receiver.spans().len(), 2_001);
    ends_in_time(guard, LONG);
}
