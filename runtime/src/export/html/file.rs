//! The file around the data: markup, style and scripts, and how one takes the place of another.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Markup in which `@@name@@` stands for what is put there.
const MARKUP: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// In the order in which they build on each other.
const SCRIPTS: [&str; 16] = [
    include_str!("page/format.js"),
    include_str!("page/data.js"),
    include_str!("page/tree.js"),
    include_str!("page/otlp.js"),
    include_str!("page/search.js"),
    include_str!("page/dom.js"),
    include_str!("page/rows.js"),
    include_str!("page/view.js"),
    include_str!("page/list.js"),
    include_str!("page/scatter.js"),
    include_str!("page/waterfall.js"),
    include_str!("page/details.js"),
    include_str!("page/time.js"),
    include_str!("page/trace.js"),
    include_str!("page/compare.js"),
    include_str!("page/main.js"),
];

/// At most what the file has besides traces and their texts: the rest of the data takes less than a kilobyte.
pub(super) const FRAME_BYTES: usize = {
    let mut bytes = MARKUP.len() + STYLE.len() + 1_000;
    let mut index = 0;
    while index < SCRIPTS.len() {
        bytes += SCRIPTS[index].len();
        index += 1;
    }
    bytes
};

/// Writes the page with the data that `data` writes.
pub(super) fn write(out: &mut dyn Write, data: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Only what bears this number is run or applied, and nothing recorded can know it.
    let nonce = format!("{:016x}{:016x}", random(), random());
    let mut data = Some(data);
    for (index, piece) in MARKUP.split("@@").enumerate() {
        match piece {
            literal if index % 2 == 0 => out.write_all(literal.as_bytes())?,
            "nonce" => out.write_all(nonce.as_bytes())?,
            "style" => out.write_all(STYLE.as_bytes())?,
            "script" => SCRIPTS.iter().try_for_each(|script| out.write_all(script.as_bytes()))?,
            _ => data.take().map_or(Ok(()), |data| data(out))?,
        }
    }
    Ok(())
}

/// A number that nobody can guess: the standard library's hashers have random keys.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Writes a file beside `path` and gives it that name.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // A link stays one: what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let temporary = path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let mut out = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
    let written = write(&mut out).and_then(|()| out.flush());
    drop(out);
    let replaced = written.and_then(|()| fs::rename(&temporary, &path));
    if replaced.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_the_markup_is_filled_and_the_rest_cannot_end_a_block() {
        let places: Vec<_> = MARKUP.split("@@").skip(1).step_by(2).collect();
        assert!(MARKUP.split("@@").count() % 2 == 1);
        for name in ["style", "script", "data"] {
            assert_eq!(places.iter().filter(|place| **place == name).count(), 1, "{name}");
        }
        assert!(places.iter().all(|place| ["nonce", "style", "script", "data"].contains(place)), "{places:?}");
        for script in SCRIPTS {
            assert!(!script.contains("</") && !script.contains("<!--"), "a script would end early");
        }
        assert!(!STYLE.contains("</"));
    }

    #[test]
    fn a_nonce_is_used_once() {
        let page = || {
            let mut out = Vec::new();
            write(&mut out, |out| out.write_all(b"{}")).unwrap();
            let text = String::from_utf8(out).unwrap();
            text.split_once("script-src 'nonce-").unwrap().1.split_once('\'').unwrap().0.to_owned()
        };
        assert_eq!(page().len(), 32);
        assert_ne!(page(), page());
    }
}
