//! What cannot be delivered waits on disk: a directory of whole requests, each a file, byte for byte what would be
//! posted. The file system is the queue; `curl --data-binary @file` replays a file by hand.
//!
//! Each process has a folder of its own, which it holds locked; a folder whose lock is free is an orphan, and its files
//! are adopted by the next process. Starting succeeds whatever lies there.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use traced_core::__runtime::diagnostics::warn_once;

/// What is kept at most, in bytes and in time. Beyond that the oldest go: some backends refuse spans older than an hour.
const MOST_BYTES: u64 = 64 << 20;
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a disk that failed is left alone: twice as long after each failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const LOCK: &str = "lock";

/// The spool, if there is one.
#[derive(Debug, Default)]
pub(super) struct Spooling {
    pub(super) spool: Option<Spool>,
    /// When the next request is sent.
    pub(super) next: Option<Instant>,
    /// The request that is being sent: one the receiver found too large is in parts.
    pub(super) sending: Option<Sending>,
}

/// A request from disk that is being sent. Its file stays until all of it is done with.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) name: String,
    /// It was recorded by this process.
    pub(super) is_own: bool,
    /// What is left of it, with the number of spans, the next one last.
    pub(super) parts: Vec<(Vec<u8>, u64)>,
}

/// The requests of one exporter that wait on disk.
#[derive(Debug)]
pub(super) struct Spool {
    folder: PathBuf,
    /// Held as long as the process lives.
    _lock: File,
    files: BTreeMap<String, Waiting>,
    bytes: u64,
    sequence: u32,
    /// The file that was read last, as long as it is not done with: it is not dropped.
    being_sent: Option<String>,
    /// Files that cannot be deleted, which must not be sent again and again.
    undeletable: HashSet<String>,
    disk_rests: Option<(Instant, Duration)>,
}

/// A request on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiting {
    pub(super) spans: u64,
    bytes: u64,
    /// It was recorded by this process.
    pub(super) is_own: bool,
}

impl Spool {
    /// A folder of its own below `root`, with what earlier processes left.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub(super) fn open(root: &Path, exporter: &str) -> io::Result<Self> {
        create_private(root)?;
        let name = format!("{exporter}-{}-{}", std::process::id(), since_epoch().as_nanos());
        // Under a name that nobody adopts until it is locked: another process may be starting, too.
        let (hidden, folder) = (root.join(format!(".{name}")), root.join(name));
        create_private(&hidden)?;
        let lock = private_file(&hidden.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
        })?;
        fs::rename(hidden, &folder)?;
        sync_folder(root)?;
        let mut spool = Self {
            folder,
            _lock: lock,
            files: BTreeMap::new(),
            bytes: 0,
            sequence: 0,
            being_sent: None,
            undeletable: HashSet::new(),
            disk_rests: None,
        };
        let orphans = fs::read_dir(root).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let is_of_exporter = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.strip_prefix(exporter).is_some_and(|rest| rest.starts_with('-')) && *path != spool.folder
        };
        let orphans: Vec<_> = orphans.filter(is_of_exporter).collect();
        orphans.iter().for_each(|orphan| spool.adopt(orphan));
        Ok(spool)
    }

    /// Takes over the files of a process that is gone. What cannot be read or moved stays where it is.
    fn adopt(&mut self, orphan: &Path) {
        let Ok(lock) = File::options().read(true).write(true).open(orphan.join(LOCK)) else { return };
        if lock.try_lock().is_err() {
            return;
        }
        let mut is_empty = true;
        for entry in fs::read_dir(orphan).into_iter().flatten().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = entry.metadata().map(|metadata| metadata.len()).unwrap_or_default();
            if let Some((spans, _)) = parse(&name) {
                if fs::rename(entry.path(), self.folder.join(&name)).is_ok() {
                    self.bytes += bytes;
                    self.files.insert(name, Waiting { spans, bytes, is_own: false });
                } else {
                    is_empty = false;
                }
            } else if name.ends_with(".tmp") {
                // Was being written when its process ended.
                let _ = fs::remove_file(entry.path());
            }
        }
        // What could not be moved is for another time, which needs the lock.
        if is_empty {
            let _ = fs::remove_file(orphan.join(LOCK));
            // Foreign files keep the folder there.
            let _ = fs::remove_dir(orphan);
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Writes a request, so that it survives the end of the process and of the machine. Says what had to go for it.
    ///
    /// # Errors
    ///
    /// When that failed, or has failed lately. Nothing is left of the file then.
    pub(super) fn write<'a>(
        &mut self,
        chunks: impl Iterator<Item = &'a [u8]> + Clone,
        spans: u64,
    ) -> io::Result<Vec<Waiting>> {
        let now = Instant::now();
        if self.disk_rests.is_some_and(|(until, _)| now < until) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let written = self.try_write(chunks, spans);
        match &written {
            Ok(_) => self.disk_rests = None,
            Err(error) => {
                let pause = self.disk_rests.map_or(FIRST_PAUSE, |(_, last)| (last * 2).min(LONGEST_PAUSE));
                self.disk_rests = Some((now + pause, pause));
                let folder = self.folder.display();
                warn_once(&format!("spool {folder}"), || {
                    format!("spans cannot be written to {folder}: {error}; they wait in memory, within its bound")
                });
            }
        }
        written.map(|()| self.make_room())
    }

    fn try_write<'a>(&mut self, chunks: impl Iterator<Item = &'a [u8]> + Clone, spans: u64) -> io::Result<()> {
        let mut sum = crc32fast::Hasher::new();
        chunks.clone().for_each(|chunk| sum.update(chunk));
        self.sequence += 1;
        let (millis, sequence) = (since_epoch().as_millis(), self.sequence);
        let name = format!("{millis:013}-{sequence:08}-{spans}-{:08x}.otlp", sum.finalize());
        let (path, unfinished) = (self.folder.join(&name), self.folder.join(format!("{name}.tmp")));
        let write = || -> io::Result<u64> {
            let mut file = private_file(&unfinished)?;
            let mut bytes = 0;
            for chunk in chunks {
                file.write_all(chunk)?;
                bytes += chunk.len() as u64;
            }
            file.sync_data()?;
            fs::rename(&unfinished, &path)?;
            sync_folder(&self.folder)?;
            Ok(bytes)
        };
        let bytes = write().inspect_err(|_| {
            // Whichever of them is there: the spans stay in memory.
            let _ = fs::remove_file(&unfinished);
            let _ = fs::remove_file(&path);
        })?;
        self.bytes += bytes;
        self.files.insert(name, Waiting { spans, bytes, is_own: true });
        Ok(())
    }

    /// Deletes the oldest as long as there is too much, or they are too old. Says what went.
    pub(super) fn make_room(&mut self) -> Vec<Waiting> {
        let oldest = since_epoch().saturating_sub(OLDEST).as_millis();
        let mut gone = Vec::new();
        while let Some(name) = self.files.keys().find(|name| self.being_sent.as_ref() != Some(name)) {
            let is_old =
                name.split('-').next().and_then(|millis| millis.parse().ok()).is_some_and(|at: u128| at < oldest);
            if self.bytes <= MOST_BYTES && !is_old {
                break;
            }
            let name = name.clone();
            gone.extend(self.delete(&name));
        }
        gone
    }

    /// The oldest request. What is not whole is set aside, as `.bad`, and given to `lost`.
    pub(super) fn read_oldest(&mut self, mut lost: impl FnMut(Waiting)) -> Option<Sending> {
        while let Some((name, waiting)) = self.files.first_key_value() {
            let (name, waiting) = (name.clone(), *waiting);
            let request = fs::read(self.folder.join(&name)).unwrap_or_default();
            let is_whole = parse(&name).is_some_and(|(_, sum)| crc32fast::hash(&request) == sum);
            if is_whole && !request.is_empty() {
                self.being_sent = Some(name.clone());
                return Some(Sending { name, is_own: waiting.is_own, parts: vec![(request, waiting.spans)] });
            }
            // A file that is gone cannot be set aside.
            let _ = fs::rename(self.folder.join(&name), self.folder.join(format!("{name}.bad")));
            self.forget(&name);
            lost(waiting);
        }
        None
    }

    /// Deletes a request, which was accepted or refused.
    pub(super) fn delete(&mut self, name: &str) -> Option<Waiting> {
        let path = self.folder.join(name);
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != io::ErrorKind::NotFound
        {
            self.undeletable.insert(name.to_owned());
            warn_once("spool: delete", || {
                format!("{} cannot be deleted: {error}; the next process will send it again", path.display())
            });
        }
        self.forget(name)
    }

    fn forget(&mut self, name: &str) -> Option<Waiting> {
        self.being_sent.take_if(|sent| sent == name);
        let waiting = self.files.remove(name)?;
        self.bytes = self.bytes.saturating_sub(waiting.bytes);
        Some(waiting)
    }
}

/// An empty folder is not left behind; one with files is for the next process.
impl Drop for Spool {
    fn drop(&mut self) {
        if self.files.is_empty() && self.undeletable.is_empty() {
            let _ = fs::remove_file(self.folder.join(LOCK));
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// The number of spans and the checksum that a name says.
fn parse(name: &str) -> Option<(u64, u32)> {
    let mut parts = name.strip_suffix(".otlp")?.split('-');
    let (millis, sequence, spans, sum) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_number = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_ours = is_number(millis, 13) && is_number(sequence, 8) && parts.next().is_none();
    let spans = spans.parse().ok().filter(|_| is_ours)?;
    Some((spans, u32::from_str_radix(sum, 16).ok().filter(|_| sum.len() == 8)?))
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Spans may hold what is not for everybody.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a rename last.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests;
