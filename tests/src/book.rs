//! What the book tells operators to write, so that tests run exactly that.

use std::path::Path;

/// The only block of a page of `docs/connect`, or of one elsewhere in `docs`, that has a text in it, with what is otherwise on a
/// test's machine changed: each pair is what stands in the book, and what the test has in its place.
///
/// # Panics
/// If there is no such block or more than one, or if something that is to be changed does not stand in it.
pub fn block(page: &str, with: &str, changes: &[(&str, &str)]) -> String {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let connect = format!("{docs}/connect/{page}");
    let file = if Path::new(&connect).exists() { connect } else { format!("{docs}/{page}") };
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    // What is between the fences, without the language after the first.
    let fenced = text.split("\n```").enumerate().filter(|(number, _)| number % 2 == 1);
    let blocks = fenced.map(|(_, block)| block.split_once('\n').map_or("", |(_, inside)| inside));
    let found: Vec<&str> = blocks.filter(|block| block.contains(with)).collect();
    let [block] = found[..] else { panic!("{page} has {} blocks with {with}", found.len()) };
    let mut block = format!("{block}\n");
    for (theirs, ours) in changes {
        assert!(block.contains(theirs), "{page} does not say {theirs}:\n{block}");
        block = block.replace(theirs, ours);
    }
    block
}
