//! Two versions of `traced` in one program record into one trace: what a process may have only once is in the core, which
//! they share.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A library that annotates by the version in this repository.
const LIBRARY: &str = r#"
#[traced::traced]
pub fn outer(inside: impl FnOnce()) {
    traced::attrs!(version = "of the library");
    inside();
}
"#;

/// A program that records by another version, and calls the library, which calls it back.
const PROGRAM: &str = r#"
#[traced::traced]
fn request() {
    library::outer(|| {
        traced::attrs!(said = "by the program");
        query();
    });
}

#[traced::traced]
fn query() {}

fn main() {
    let spans = traced::testing::capture(request);
    print!("{}", traced::testing::tree(&spans));
}
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The workspace of this repository in short: the crates that a program builds, `traced` twice.
fn make_workspace(folder: &Path) {
    for part in ["core", "runtime", "macros"] {
        copy(&root().join(part), &folder.join(part));
    }
    // In a workspace of its own: one has no two packages of a name.
    copy(&root().join("runtime"), &folder.join("elsewhere/runtime"));
    if root().join("docs").exists() {
        copy(&root().join("docs"), &folder.join("docs"));
        copy(&root().join("docs"), &folder.join("elsewhere/docs"));
    }
    fs::copy(root().join("README.md"), folder.join("README.md")).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let start = manifest.find("members = ").unwrap();
    let end = start + manifest[start..].find("]\n").unwrap() + 1;
    let with_members = |members: &str| format!("{}{members}{}", &manifest[..start], &manifest[end..]);
    let members = r#"members = ["core", "macros", "runtime", "library", "program"]"#;
    write(&folder.join("Cargo.toml"), &with_members(members).replace("tests/off", "elsewhere"));
    let elsewhere = with_members(r#"members = ["runtime"]"#);
    let elsewhere =
        elsewhere.replace("path = \"core\"", "path = \"../core\"").replace("path = \"macros\"", "path = \"../macros\"");
    write(&folder.join("elsewhere/Cargo.toml"), &elsewhere);
    let other = fs::read_to_string(folder.join("elsewhere/runtime/Cargo.toml")).unwrap();
    let (head, dev) = other.split_once("[dev-dependencies]").unwrap();
    let rest = dev.split_once("[lints]").unwrap().1;
    let renumbered = head.replacen("version.workspace = true", "version = \"0.99.0\"", 1);
    assert_ne!(renumbered, head);
    write(&folder.join("elsewhere/runtime/Cargo.toml"), &format!("{renumbered}[lints]{rest}"));
    let package = |name: &str, dependencies: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n"
        )
    };
    let ours = r#"traced = { path = "../runtime", version = "0.1.0", default-features = false }"#;
    let other = r#"traced = { path = "../elsewhere/runtime", version = "0.99.0", default-features = false, features = ["testing"] }"#;
    write(&folder.join("library/Cargo.toml"), &package("library", ours));
    write(&folder.join("library/src/lib.rs"), LIBRARY);
    write(&folder.join("program/Cargo.toml"), &package("program", &format!("{other}\nlibrary.path = \"../library\"")));
    write(&folder.join("program/src/main.rs"), PROGRAM);
}

#[test]
fn two_versions_in_one_program_make_one_trace() {
    let folder = tempfile::tempdir().unwrap();
    make_workspace(folder.path());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("versions");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline", "--package", "program"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let expected = "request\n  outer version=\"of the library\" said=\"by the program\"\n    query\n";
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(shown.replace(['"'], ""), expected.replace(['"'], ""), "{said}");
}
