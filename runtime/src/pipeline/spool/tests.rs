//! Files as they may lie there after anything that can happen to a machine.

use super::*;

struct Root(PathBuf);

impl Root {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("traced-spool-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        Self(root)
    }

    fn open(&self) -> Spool {
        Spool::open(&self.0, "otlp-http").unwrap()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(spool: &mut Spool, text: &str, spans: u64) {
    assert_eq!(spool.write([text.as_bytes()].into_iter(), spans).unwrap(), []);
}

/// Everything that can be read, in order, and the spans of what was not whole.
fn read_all(spool: &mut Spool) -> (Vec<(String, u64, bool)>, u64) {
    let (mut all, mut lost) = (Vec::new(), 0);
    while let Some(read) = spool.read_oldest(|waiting| lost += waiting.spans) {
        let [(request, spans)] = &read.parts[..] else { panic!("{read:?}") };
        all.push((String::from_utf8(request.clone()).unwrap(), *spans, read.is_own));
        spool.delete(&read.name);
    }
    (all, lost)
}

#[test]
fn requests_come_back_in_order_and_nothing_is_left() {
    let root = Root::new("order");
    let mut spool = root.open();
    for (text, spans) in [("one", 1), ("two", 2), ("three", 3)] {
        write(&mut spool, text, spans);
    }
    let expected = [("one".to_owned(), 1, true), ("two".to_owned(), 2, true), ("three".to_owned(), 3, true)];
    assert_eq!(read_all(&mut spool), (expected.to_vec(), 0));
    assert!(spool.is_empty() && spool.bytes == 0);
    drop(spool);
    assert_eq!(fs::read_dir(&root.0).unwrap().count(), 0);
}

#[test]
fn the_files_of_a_process_that_is_gone_are_adopted_and_those_of_a_living_one_are_not() {
    let root = Root::new("orphans");
    let mut gone = root.open();
    write(&mut gone, "left", 7);
    fs::write(gone.folder.join("0000000000001-00000001-9-00000000.otlp.tmp"), "half").unwrap();
    drop(gone);
    let mut living = root.open();
    assert_eq!(living.files.len(), 1);
    write(&mut living, "own", 1);
    let mut other = root.open();
    assert!(other.is_empty(), "its lock is held");
    assert_eq!(read_all(&mut other), (vec![], 0));
    let expected = [("left".to_owned(), 7, false), ("own".to_owned(), 1, true)];
    assert_eq!(read_all(&mut living), (expected.to_vec(), 0));
}

#[test]
fn whatever_lies_there_is_no_reason_not_to_start() {
    let root = Root::new("whatever");
    let mut spool = root.open();
    for (text, spans) in [("empty", 2), ("torn", 3), ("flipped", 4), ("whole", 5)] {
        write(&mut spool, text, spans);
    }
    let folder = spool.folder.clone();
    let names: Vec<_> = spool.files.keys().cloned().collect();
    drop(spool);
    fs::write(folder.join(&names[0]), "").unwrap();
    fs::write(folder.join(&names[1]), "to").unwrap();
    fs::write(folder.join(&names[2]), "fLipped").unwrap();
    for foreign in ["notes.txt", "1-2-3-4.otlp", "0000000000001-00000001-x-00000000.otlp", "-.otlp"] {
        fs::write(folder.join(foreign), "foreign").unwrap();
    }
    fs::create_dir(folder.join("0000000000001-00000001-1-00000000.otlp")).unwrap();
    fs::write(root.0.join("otlp-http-file"), "no folder").unwrap();
    fs::create_dir(root.0.join("otlp-http-without-lock")).unwrap();
    let mut spool = root.open();
    let (whole, lost) = read_all(&mut spool);
    assert_eq!(whole, [("whole".to_owned(), 5, false)]);
    assert_eq!(lost, 2 + 3 + 4 + 1);
    assert!(folder.join("notes.txt").exists(), "what is not ours stays");
}

#[test]
fn the_oldest_go_when_there_is_too_much_or_they_are_too_old() {
    let root = Root::new("bound");
    let mut spool = root.open();
    let large = vec![7; (MOST_BYTES / 3) as usize];
    let mut gone = Vec::new();
    for spans in 1..=5 {
        gone.extend(
            spool.write([large.as_slice()].into_iter(), spans).unwrap().into_iter().map(|waiting| waiting.spans),
        );
    }
    assert_eq!(gone, [1, 2]);
    assert!(spool.bytes <= MOST_BYTES);
    let old = "0000000000001-00000001-9-00000000.otlp".to_owned();
    spool.files.insert(old, Waiting { spans: 9, bytes: 0, is_own: false });
    assert_eq!(spool.make_room().len(), 1);
}

#[test]
fn a_disk_that_fails_is_left_alone_and_nothing_is_left_there() {
    let root = Root::new("fails");
    let mut spool = root.open();
    fs::remove_dir_all(&spool.folder).unwrap();
    assert!(spool.write([&b"a"[..]].into_iter(), 1).is_err());
    fs::create_dir(&spool.folder).unwrap();
    let error = spool.write([&b"a"[..]].into_iter(), 1).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "not tried again at once");
    spool.disk_rests = Some((Instant::now(), FIRST_PAUSE));
    write(&mut spool, "a", 1);
    assert_eq!((spool.files.len(), spool.disk_rests), (1, None));
}

#[test]
fn processes_that_start_at_the_same_time_adopt_each_file_once_and_take_no_folder_of_each_other() {
    let root = Root::new("together");
    for _ in 0..20 {
        let mut gone = root.open();
        (0..5).for_each(|_| write(&mut gone, "left", 1));
        drop(gone);
        let open = || {
            let mut spool = root.open();
            write(&mut spool, "own", 1);
            spool
        };
        let mut spools: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let all: Vec<_> = spools.iter_mut().flat_map(|spool| read_all(spool).0).collect();
        assert_eq!(all.iter().filter(|(text, ..)| text == "left").count(), 5);
        assert_eq!(all.iter().filter(|(text, ..)| text == "own").count(), 4);
    }
    assert_eq!(fs::read_dir(&root.0).unwrap().count(), 0);
}

#[test]
fn what_is_being_sent_is_not_dropped_for_want_of_room() {
    let root = Root::new("sending");
    let mut spool = root.open();
    let large = vec![7; (MOST_BYTES / 3) as usize];
    let mut write_large = |spool: &mut Spool| spool.write([large.as_slice()].into_iter(), 1).unwrap().len();
    assert_eq!(write_large(&mut spool), 0);
    let sending = spool.read_oldest(|_| ()).unwrap();
    assert_eq!((0..5).map(|_| write_large(&mut spool)).sum::<usize>(), 3);
    assert!(spool.files.contains_key(&sending.name), "the others went");
    spool.delete(&sending.name);
    assert_ne!(spool.read_oldest(|_| ()).unwrap().name, sending.name);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let root = Root::new("private");
    let mut spool = root.open();
    write(&mut spool, "a", 1);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&spool.folder), 0o700);
    let file = spool.folder.join(spool.files.keys().next().unwrap());
    assert_eq!(mode(&file), 0o600);
}
