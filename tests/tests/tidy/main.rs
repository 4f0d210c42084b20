//! The tree keeps its own rules: the map is true, the arrows are as drawn, files are small, names say something.
//!
//! Each finding says where, and what to do about it.

mod map;
mod rules;
mod source;
mod tree;

use tree::{Finding, Tree};

fn expect_none(findings: &[Finding]) {
    let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{} found:\n\n{}\n", list.len(), list.join("\n"));
}

#[test]
fn the_map_in_architecture_md_is_true() {
    expect_none(&map::places(&Tree::read(), &map::members()));
}

#[test]
fn the_arrows_in_architecture_md_are_those_in_the_manifests() {
    expect_none(&map::arrows(&Tree::read(), &map::members()));
}

#[test]
fn the_tree_is_tidy() {
    let tree = Tree::read();
    assert!(tree.files.len() > 100, "the tree was not found: there are {} files in it", tree.files.len());
    let findings: Vec<Finding> = rules::RULES.iter().flat_map(|rule| rule(&tree)).collect();
    expect_none(&findings);
}
