//! Copies of a crate: as it was written, and annotated.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use crate::annotate::annotate;
use crate::{Crate, Mode};

/// A copy of a crate.
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
    pub(crate) functions: usize,
}

/// Fetches crates by Cargo, and says where each of them is.
pub(crate) fn fetch(crates: &[Crate], work: &Path) -> Vec<PathBuf> {
    let folder = work.join("fetch");
    fs::create_dir_all(folder.join("src")).expect("the folder is writable");
    let mut manifest = String::from("[package]\nname = \"fetch\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n");
    crates.iter().for_each(|it| manifest.push_str(&format!("{} = \"={}\"\n", it.name, it.version)));
    fs::write(folder.join("Cargo.toml"), manifest).expect("the folder is writable");
    fs::write(folder.join("src/lib.rs"), "").expect("the folder is writable");
    let output = cargo(&folder).args(["metadata", "--format-version=1"]).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let place = |it: &Crate| {
        let is_it = |package: &&serde_json::Value| package["name"] == it.name && package["version"] == it.version;
        let found = packages.iter().find(is_it).expect("it was asked for");
        Path::new(found["manifest_path"].as_str().expect("a path")).parent().expect("a folder").to_owned()
    };
    crates.iter().map(place).collect()
}

/// Cargo, in a folder.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// Copies a crate, annotated as a mode says.
pub(crate) fn copy(it: &Crate, from: &Path, mode: Mode, work: &Path) -> Package {
    let folder = work.join(mode.name()).join(it.name);
    _ = fs::remove_dir_all(&folder);
    copy_folder(from, &folder).expect("the crate can be copied");
    let manifest = folder.join("Cargo.toml");
    let mut text = without_benches(&fs::read_to_string(&manifest).expect("a manifest"));
    text.push_str("\n[workspace]\n");
    let mut functions = 0;
    if let Some(attribute) = mode.attribute() {
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime");
        let recorder = write_recorder(&runtime, work);
        text.push_str(&format!("[dependencies.traced]\npath = {runtime:?}\ndefault-features = false\n"));
        text.push_str(&format!("[dependencies.recorder]\npath = {recorder:?}\n"));
        functions = annotate_folder(&folder.join("src"), attribute).expect("sources");
        let root = folder.join("src/lib.rs");
        let library = fs::read_to_string(&root).expect("a library");
        fs::write(root, library + "\n#[allow(unused_extern_crates)]\nextern crate recorder as _;\n").expect("writable");
    }
    fs::write(manifest, text).expect("the folder is writable");
    // One version of what several crates need, so that it is compiled once.
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock"), folder.join("Cargo.lock"))
        .expect("a lock");
    Package { folder, functions }
}

/// A manifest without benches, and without what only they need, which takes longer to build than all the rest.
fn without_benches(manifest: &str) -> String {
    const HEADS: [&str; 3] = ["[[bench]]", "[dev-dependencies.criterion]", "[dev-dependencies.bencher]"];
    let mut is_left_out = false;
    let kept = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            is_left_out = HEADS.contains(line);
        }
        !is_left_out
    });
    kept.fold(String::new(), |text, line| text + line + "\n")
}

/// The crate that switches recording on.
fn write_recorder(runtime: &Path, work: &Path) -> PathBuf {
    let folder = work.join("recorder");
    fs::create_dir_all(folder.join("src")).expect("the folder is writable");
    let manifest = format!(
        "[package]\nname = \"recorder\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\nctor = \"0.6\"\n\
         [dependencies.traced]\npath = {runtime:?}\ndefault-features = false\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("the folder is writable");
    fs::write(folder.join("src/lib.rs"), include_str!("../recorder.rs")).expect("the folder is writable");
    folder
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => fs::write(target, fs::read(entry.path())?)?,
        }
    }
    Ok(())
}

fn annotate_folder(folder: &Path, attribute: &str) -> io::Result<usize> {
    let mut functions = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            functions += annotate_folder(&path, attribute)?;
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && let Some((annotated, count)) = annotate(&fs::read_to_string(&path)?, attribute)
        {
            fs::write(&path, annotated)?;
            functions += count;
        }
    }
    Ok(functions)
}
