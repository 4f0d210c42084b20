//! Replays the corpus through every target, on a stable toolchain.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use valetkey_fuzz::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// What is in a directory, in order.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    entries
}

fn names(paths: &[PathBuf]) -> BTreeSet<String> {
    paths.iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

#[test]
fn whatever_is_in_the_corpus_passes() {
    for (name, target) in TARGETS {
        let files = entries(&corpus().join(name));
        assert!(files.len() >= 3, "the corpus of {name} has {} files: write some by hand", files.len());
        for file in files {
            let data = std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            let passed = std::panic::catch_unwind(|| target(&data));
            assert!(passed.is_ok(), "{}: see above", file.display());
            // Cut short it is an input too.
            for end in 0..data.len().min(512) {
                target(&data[..end]);
            }
        }
    }
}

#[test]
fn each_target_has_a_program_and_a_directory_in_the_corpus_and_no_other_is_there() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&entries(&corpus())), targets);
    assert_eq!(names(&entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets"))), targets);
}

#[test]
fn a_long_run_is_written_short() {
    assert_eq!(valetkey_fuzz::input::stream(b"ab\x01\x02c").len(), 2 + 2 * 512 + 1);
}
