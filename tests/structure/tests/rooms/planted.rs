//! Small crates with one mistake each: what is found, and what is not mistaken for one.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use traced_structure::{Circle, Exception, Report, Rules, check};

const RULES: Rules<'_> = Rules {
    rooms: &["low", "middle", "high", "testing"],
    for_tests: &["testing"],
    exceptions: &[],
    circles: &[],
    largest_circle: 2,
    file_lines: 20,
};

/// A crate in which everything is in order, with some files replaced or added.
fn planted(changes: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let orderly = [
        ("lib.rs", "mod low; mod middle; mod high; mod testing; pub use high::High; pub use low::Low;"),
        ("low.rs", "mod one; pub(crate) mod two; pub use one::Low; pub(crate) fn helper() {}"),
        ("low/one.rs", "pub struct Low;"),
        ("low/two.rs", "use super::Low; pub(crate) fn two(_: Low) {}"),
        ("middle/mod.rs", "pub(crate) mod deep; use crate::low::Low; pub(crate) struct Middle(pub(crate) Low);"),
        ("middle/deep.rs", "use super::Middle; pub(crate) const DEEP: u8 = 1; impl Middle {}"),
        ("high.rs", "use crate::{low::{self, Low}, middle::*}; pub struct High(Low, Middle); fn f() { low::helper() }"),
        ("testing.rs", "use crate::High; pub(crate) fn capture(_: High) {}"),
    ];
    for (path, text) in orderly.iter().chain(changes) {
        let path = folder.path().join("planted/src").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn report(changes: &[(&str, &str)], rules: &Rules<'_>) -> Report {
    let folder = planted(changes);
    check(folder.path(), "planted", rules).unwrap_or_else(|error| panic!("{error}"))
}

/// The one rule that is broken.
fn broken(changes: &[(&str, &str)], rules: &Rules<'_>) -> String {
    let report = report(changes, rules);
    assert_eq!(report.broken.len(), 1, "{report:#?}");
    report.broken[0].clone()
}

#[track_caller]
fn runs_up(file: &str, text: &str, path: &str) {
    let message = broken(&[(file, text)], &RULES);
    assert!(message.starts_with(&format!("planted/src/{file}:2: `{path}` is of room `high`")), "{message}");
    assert!(message.contains("imports only from itself and from rooms before it"), "{message}");
}

#[track_caller]
fn is_orderly(changes: &[(&str, &str)]) {
    let report = report(changes, &RULES);
    assert!(report.broken.is_empty(), "{:#?}", report.broken);
}

#[test]
fn an_orderly_crate_is_read_whole() {
    let report = report(&[], &RULES);
    assert_eq!((report.files, report.broken.as_slice()), (8, &[][..]));
    assert!(report.arrows >= 7, "{report:?}");
}

#[test]
fn a_use_that_runs_up() {
    runs_up("low/two.rs", "\nuse crate::high::High;", "crate::high::High");
    runs_up("low/two.rs", "use super::Low;\nuse crate::{low, high::{High as _, self}};", "crate::high::High");
    runs_up("low/two.rs", "use super::Low;\nuse crate::high::*;", "crate::high");
    runs_up("low/two.rs", "use super::Low;\nuse super::super::high as somewhere;", "super::super::high");
    runs_up("middle/mod.rs", "pub(crate) mod deep; pub(crate) struct Middle;\nuse super::high;", "super::high");
}

#[test]
fn a_reexport_that_runs_up() {
    runs_up("low/two.rs", "\npub(crate) use crate::high::High;", "crate::high::High");
}

#[test]
fn a_path_that_runs_up_wherever_it_stands() {
    runs_up("low/two.rs", "fn f() {\nlet _ = crate::high::High; }", "crate::high::High");
    runs_up("low/two.rs", "struct F(\nVec<Option<crate::high::High>>);", "crate::high::High");
    runs_up("low/two.rs", "fn f(x: u8) { match x {\ncrate::high::LIMIT => {} _ => {} } }", "crate::high::LIMIT");
    runs_up("low/two.rs", "fn f() {}\nimpl crate::high::Kind for u8 {}", "crate::high::Kind");
    runs_up("low/two.rs", "fn f() { <u8 as\ncrate::high::Kind>::make() }", "crate::high::Kind::make");
    runs_up("low/two.rs", "fn f() { println!(\"{}\",\ncrate::high::LIMIT) }", "crate::high::LIMIT");
    runs_up("low/two.rs", "macro_rules! m { () => {\n$crate::high::LIMIT } }", "crate::high::LIMIT");
    runs_up("low/two.rs", "m! { fn f() {\nuse crate::{low::Low, high::High}; } }", "crate::high::High");
    runs_up("low/two.rs", "#[m(\ncrate::high::High)] struct F;", "crate::high::High");
    runs_up("low/two.rs", "fn f() { fn g() {\nuse crate::high::High; } }", "crate::high::High");
    runs_up("low/two.rs", "mod inner {\nuse super::super::super::high::High; }", "super::super::super::high::High");
}

#[test]
fn a_path_that_runs_up_through_other_names() {
    runs_up("low/two.rs", "fn f() {\nlet _ = crate::High; }", "crate::High");
    runs_up("low/two.rs", "use crate as here; fn f() {\nhere::high::make() }", "here::high::make");
    let through_a_glob = [("low.rs", "mod one; pub(crate) mod two; pub use one::Low; use crate::*;")];
    let message = broken(&[through_a_glob[0], ("low/two.rs", "use super::*;\nfn f(_: High) {}")], &RULES);
    assert!(message.starts_with("planted/src/low/two.rs:2: `High` is of room `high`"), "{message}");
}

#[test]
fn an_import_of_what_stands_in_the_roof() {
    let message = broken(
        &[
            ("lib.rs", "mod low; mod middle; mod high; mod testing; pub use high::High; pub const ON: bool = true;"),
            ("low/two.rs", "const ON: bool = crate::ON;"),
        ],
        &RULES,
    );
    assert!(message.contains("`crate::ON` is of room `lib.rs`, which comes after `low`"), "{message}");
}

#[test]
fn a_test_may_use_what_its_file_may_and_what_is_for_tests() {
    is_orderly(&[("low/two.rs", "#[cfg(test)] mod tests { use super::super::Low; use crate::testing::capture; }")]);
    is_orderly(&[("low/two.rs", "#[cfg(all(test, unix))] fn f() { crate::testing::capture() }")]);
    is_orderly(&[
        ("low.rs", "mod one; mod two; pub use one::Low; #[cfg(test)] mod t;"),
        ("low/t.rs", "use crate::testing;"),
    ]);
    runs_up("low/two.rs", "#[cfg(test)] mod tests {\nuse crate::high::High; }", "crate::high::High");
    let message = broken(&[("low/two.rs", "#[cfg(feature = \"testing\")]\nuse crate::testing::capture;")], &RULES);
    assert!(message.contains("low/two.rs:2: `crate::testing::capture` is of room `testing`"), "{message}");
}

#[test]
fn names_from_elsewhere_are_none_of_ours() {
    is_orderly(&[("low/two.rs", "use ::high::High; use std::high; fn f() { let high = 1; high::x(); Self::high(); }")]);
    let lib = "mod low; mod middle; mod high; mod testing; pub use high::High; pub use elsewhere::Thing;";
    is_orderly(&[("lib.rs", lib), ("low/two.rs", "use crate::Thing; fn f() { crate::Thing::make() }")]);
    is_orderly(&[("low/two.rs", "pub(in crate::low) struct Two; /// Not [`crate::high::High`].\nstruct Three;")]);
    is_orderly(&[("low/two.rs", "fn f(x: X) { x.high; assert!(x.crate_high, \"crate::high::High\") }")]);
}

#[test]
fn an_exception_is_for_one_file_and_one_room_and_must_be_needed() {
    let exceptions = &[Exception { file: "low/two.rs", room: "high", reason: "for the test" }];
    let rules = Rules { exceptions, ..RULES };
    assert!(report(&[("low/two.rs", "use crate::high::High;")], &rules).broken.is_empty());
    assert!(broken(&[], &rules).contains("low/two.rs: may import from `high` and does not"));
    let other = report(&[("low/two.rs", ""), ("middle/deep.rs", "use crate::high;")], &rules);
    assert_eq!(other.broken.len(), 2, "{other:?}");
}

#[test]
fn every_room_has_a_place() {
    let lib = "mod low; mod middle; mod high; mod testing; mod cellar; pub use high::High;";
    let message = broken(&[("lib.rs", lib), ("cellar.rs", "")], &RULES);
    assert!(message.contains("`cellar` has no place in the order of rooms"), "{message}");
    let rules = Rules { rooms: &["low", "middle", "high", "attic", "testing"], ..RULES };
    assert!(broken(&[], &rules).contains("names `attic`, which is not there"));
}

const LOW_TO_TWO: (&str, &str) = ("low/one.rs", "pub struct Low;\nfn f() { super::two::two(Low) }");

#[test]
fn a_circle_of_files() {
    let message = broken(&[LOW_TO_TWO], &RULES);
    assert!(message.contains("2 files import each other in a circle"), "{message}");
    let way =
        "planted/src/low/one.rs:2 `super::two::two` -> planted/src/low/two.rs:1 `super::Low` -> planted/src/low/one.rs";
    assert!(message.contains(way), "{message}");
}

#[test]
fn a_circle_through_a_function_and_a_macro() {
    let calls = ("low/one.rs", "use super::two; pub struct Low;\nfn f() { vec![two::two] }");
    assert!(broken(&[calls], &RULES).contains("one.rs:2 `two::two`"));
    let lib = "#[macro_use] mod low; mod middle; mod high; mod testing; pub use high::High;";
    let defines = ("low/two.rs", "use super::Low; macro_rules! two { () => {} }");
    let calls = ("low/one.rs", "pub struct Low;\nfn f() { two!() }");
    assert!(broken(&[("lib.rs", lib), defines, calls], &RULES).contains("one.rs:2 `two!`"));
}

#[test]
fn passing_on_and_testing_close_no_circle() {
    is_orderly(&[("low/one.rs", "pub struct Low; pub(crate) use super::two::two;")]);
    is_orderly(&[("low/one.rs", "pub struct Low; #[cfg(test)] mod tests { use super::super::two::two; }")]);
    let uses_it = ("low/one.rs", "pub struct Low; pub(crate) use super::two::two;\nfn f() { two(Low) }");
    assert!(broken(&[uses_it], &RULES).contains("one.rs:2 `two`"));
}

#[test]
fn a_circle_may_be_listed_by_all_its_files_if_it_is_small() {
    let listed = |files| [Circle { files, reason: "for the test" }];
    let circles = listed(&["low/one.rs", "low/two.rs"]);
    let rules = Rules { circles: &circles, ..RULES };
    assert!(report(&[LOW_TO_TWO], &rules).broken.is_empty());
    assert!(broken(&[], &rules).contains("low/one.rs, low/two.rs are listed as a circle and are none"));
    assert!(broken(&[LOW_TO_TWO], &Rules { largest_circle: 1, ..rules }).contains("at most 1"));
    let circles = listed(&["low/one.rs", "low/two.rs", "low.rs"]);
    assert_eq!(report(&[LOW_TO_TWO], &Rules { circles: &circles, ..RULES }).broken.len(), 2);
}

#[test]
fn both_files_of_a_module_that_cfg_chooses_are_read() {
    let low = "mod one; pub(crate) mod two; pub use one::Low;
        #[cfg(unix)] mod way; #[cfg(not(unix))] #[path = \"no_way.rs\"] mod way;";
    let up = ("no_way.rs", "\nuse crate::high::High;");
    let message = broken(&[("low.rs", low), ("low/way.rs", ""), up], &RULES);
    assert!(message.starts_with("planted/src/no_way.rs:2: `crate::high::High`"), "{message}");
}

#[test]
fn a_long_file() {
    let code = "\nfn f() {}".repeat(19);
    is_orderly(&[("high.rs", &format!("pub struct High;{code}"))]);
    is_orderly(&[("high.rs", &format!("pub struct High;{code}\n#[cfg(test)]\nmod tests {{{code}\n}}"))]);
    let message = broken(&[("high.rs", &format!("pub struct High;{code}{code}"))], &RULES);
    assert_eq!(message, "planted/src/high.rs: 39 lines without its tests, 20 allowed");
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let error = |changes: &[(&str, &str)]| {
        let folder = planted(changes);
        check(folder.path(), "planted", &RULES).map(|report| report.files).unwrap_err().to_string()
    };
    assert!(error(&[("forgotten.rs", "")]).contains("src/forgotten.rs: no module declares this file"));
    assert!(
        error(&[("low.rs", "mod one; mod two; mod gone; pub use one::Low;")])
            .contains("low.rs: no file for `mod gone`")
    );
    assert!(error(&[("high.rs", "\npub strict High;")]).contains("src/high.rs:2: "));
    assert!(check(Path::new("/nowhere"), "planted", &RULES).is_err());
}
