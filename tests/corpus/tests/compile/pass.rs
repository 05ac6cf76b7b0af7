//! Programs without a mistake compile, and run to their end.

use std::path::Path;

use traced_corpus_tests::Compiler;

use super::corpus::cargo_in;

#[test]
fn no_mistakes() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiler = Compiler::new(&mut cargo_in(manifest), &Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus/pass"));
    let files = std::fs::read_dir(manifest.join("../messages/ui/pass")).expect("a directory");
    let programs: Vec<_> = files.map(|entry| entry.expect("an entry").path()).collect();
    assert!(programs.len() > 2, "{programs:?}");
    for program in programs.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        compiler.run(program);
    }
}
