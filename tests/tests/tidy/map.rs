//! ARCHITECTURE.md against the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::tree::{Finding, Tree};

/// The file that has the map and the arrows.
const MAP: &str = "ARCHITECTURE.md";
/// What tests share; nothing that is shipped may depend on it.
const TESTKIT: &str = "testkit";
/// Packages that ship nothing.
const TESTING: &[&str] = &["tests", "benches"];

/// Directories that have no crate in them.
const TOPS: &[&str] = &["docs", "deploy", "fuzz", ".ci"];

/// A crate of the workspace, without `valetkey-` in its name.
pub(crate) struct Member {
    name: String,
    place: String,
    /// Which of the others it depends on, as it is shipped.
    needs: BTreeSet<String>,
}

/// Every crate of the workspace, as cargo sees it.
pub(crate) fn members() -> Vec<Member> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the tree");
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"]);
    let output = command.current_dir(root).stdin(Stdio::null()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    members_in(&metadata)
}

fn members_in(metadata: &Value) -> Vec<Member> {
    let root = text(&metadata["workspace_root"]);
    let short = |value: &Value| text(value).strip_prefix("valetkey-").map(str::to_owned);
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let member = |package: &Value| Member {
        name: short(&package["name"]).expect("each of our crates is called valetkey-something"),
        place: text(&package["manifest_path"])
            .trim_start_matches(&root)
            .trim_start_matches('/')
            .trim_end_matches("/Cargo.toml")
            .to_owned(),
        needs: list(&package["dependencies"])
            .iter()
            .filter(|needed| needed["kind"] != "dev")
            .filter_map(|needed| short(&needed["name"]))
            .collect(),
    };
    list(&metadata["packages"]).iter().map(member).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Where the map does not say what is there, or names what is not.
pub(crate) fn places(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    let Some(map) = tree.file(MAP) else { return vec![Finding::new(MAP, 1, "it is missing")] };
    let mut mapped = BTreeSet::new();
    let mut findings = Vec::new();
    for (n, line) in map.text.lines().enumerate() {
        let first_cell =
            line.strip_prefix("| `").and_then(|row| row.split('|').next()).map_or(0, |cell| 3 + cell.len());
        for (at, place) in named(line) {
            let inside = format!("{place}/");
            let is_there = tree.files.iter().any(|f| f.path == place || f.path.starts_with(&inside));
            let is_mapped = at <= first_cell;
            if !is_there && (is_mapped || place.contains('/') && is_in_the_tree(&place, members)) {
                findings.push(Finding::new(MAP, n + 1, format!("`{place}` is not there: call it by its new name")));
            }
            if is_mapped {
                mapped.insert(place);
            }
        }
    }
    for place in there(tree, members) {
        if !mapped.contains(&place) {
            findings.push(Finding::new(MAP, 1, format!("`{place}` is not on the map: say there what its one job is")));
        }
    }
    findings
}

/// What a line has as code, each with where it begins, written as a path of the tree is.
fn named(line: &str) -> impl Iterator<Item = (usize, String)> {
    let mut at = 0;
    line.split('`').enumerate().filter_map(move |(n, part)| {
        let begin = at;
        at += part.len() + 1;
        (n % 2 == 1).then(|| (begin, part.trim_start_matches("./").trim_end_matches('/').to_owned()))
    })
}

/// Whether it is meant as a place in the tree. With a part to be filled in it is a pattern.
fn is_in_the_tree(place: &str, members: &[Member]) -> bool {
    let top = place.split('/').next().unwrap_or_default();
    let is_top = members.iter().any(|m| m.place.split('/').next() == Some(top)) || TOPS.contains(&top);
    is_top && !place.contains("NNNN")
}

/// What must be on the map: each crate, each directory at the top, each program there.
fn there(tree: &Tree, members: &[Member]) -> BTreeSet<String> {
    let mut places: BTreeSet<String> = members.iter().map(|m| m.place.clone()).collect();
    for file in tree.files.iter().filter(|f| !f.path.starts_with('.')) {
        match file.path.split_once('/') {
            Some(("crates", _)) => {}
            Some((directory, _)) => drop(places.insert(directory.to_owned())),
            None if file.executable => drop(places.insert(file.path.clone())),
            None => {}
        }
    }
    places
}

/// Where the drawn arrows are not those in the manifests, or lead where none may.
pub(crate) fn arrows(tree: &Tree, members: &[Member]) -> Vec<Finding> {
    let Some(map) = tree.file(MAP) else { return vec![Finding::new(MAP, 1, "it is missing")] };
    let drawn = drawn_arrows(&map.text);
    let mut findings = Vec::new();
    for member in members {
        let Member { name, place, needs } = member;
        let manifest = format!("{place}/Cargo.toml");
        if needs.contains(TESTKIT) && !TESTING.contains(&name.as_str()) {
            findings.push(Finding::new(&manifest, 1, "the testkit is for [dev-dependencies]"));
        }
        let Some((line, allowed)) = drawn.get(name) else {
            findings.push(Finding::new(MAP, 1, format!("`{name}` has no line in the block `arrows`: draw it")));
            continue;
        };
        for needed in needs.difference(allowed) {
            let remedy = format!("{name} -> {needed} is not drawn in {MAP}: do without, or change the plan first");
            findings.push(Finding::new(&manifest, 1, remedy));
        }
        for needed in allowed.difference(needs) {
            findings.push(Finding::new(MAP, *line, format!("{name} -> {needed} is not there: take the arrow out")));
        }
    }
    for (name, (line, _)) in &drawn {
        if !members.iter().any(|m| m.name == *name) {
            findings.push(Finding::new(MAP, *line, format!("there is no crate `{name}`: take its line out")));
        }
    }
    findings
}

type Arrows = BTreeMap<String, (usize, BTreeSet<String>)>;

/// The block `arrows`: on each line a crate, `->`, and what it depends on.
fn drawn_arrows(text: &str) -> Arrows {
    let block = text.lines().enumerate().skip_while(|(_, line)| *line != "```arrows").skip(1);
    let block = block.take_while(|(_, line)| *line != "```");
    let arrow = |(n, line): (usize, &str)| {
        let (from, to) = line.split_once("->")?;
        Some((from.trim().to_owned(), (n + 1, to.split_whitespace().map(str::to_owned).collect())))
    };
    block.filter_map(arrow).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DRAWN: &str = "# Map\n\n| place | job |\n|---|---|\n| `crates/a` | one |\n| `crates/b/` | two |\n\n\
                         ```arrows\na ->\nb -> a\n```\n";

    fn tree(map: &str) -> Tree {
        let mut tree = Tree::of(MAP, map);
        for path in ["crates/a/Cargo.toml", "crates/b/Cargo.toml", ".ci/run"] {
            tree.files.extend(Tree::of(path, "").files);
        }
        tree
    }

    fn with(needs: &[(&str, Option<&str>)]) -> Vec<Member> {
        let package = |name: &str, needs: &[(&str, Option<&str>)]| {
            let needs: Vec<Value> =
                needs.iter().map(|(n, kind)| json!({ "name": format!("valetkey-{n}"), "kind": kind })).collect();
            let manifest = format!("/x/crates/{name}/Cargo.toml");
            json!({ "name": format!("valetkey-{name}"), "manifest_path": manifest, "dependencies": needs })
        };
        members_in(&json!({ "workspace_root": "/x", "packages": [package("a", &[]), package("b", needs)] }))
    }

    fn expect(findings: &[Finding], expected: &[&str]) {
        let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found} and not {expected}");
        }
    }

    #[test]
    fn a_place_too_many_and_one_too_few_are_found() {
        let members = with(&[("a", None)]);
        expect(&places(&tree(DRAWN), &members), &[]);
        let wrong = DRAWN.replace("crates/b", "crates/c");
        expect(&places(&tree(&wrong), &members), &["ARCHITECTURE.md:6: `crates/c`", "ARCHITECTURE.md:1: `crates/b`"]);
        let wrong = format!("{DRAWN}\n`crates/b/src/x.rs` goes on to `TCP/IP` and `crates/a`.\n");
        expect(&places(&tree(&wrong), &members), &["ARCHITECTURE.md:13: `crates/b/src/x.rs`"]);
        let mut tree = tree(DRAWN);
        tree.files.extend(Tree::of("lab/x", "").files);
        tree.files.extend(Tree::of("run", "#!/bin/sh\n").files);
        tree.files.last_mut().expect("one").executable = true;
        expect(&places(&tree, &members), &["ARCHITECTURE.md:1: `lab`", "ARCHITECTURE.md:1: `run`"]);
    }

    #[test]
    fn an_arrow_too_many_and_one_too_few_are_found() {
        expect(&arrows(&tree(DRAWN), &with(&[("a", None), (TESTKIT, Some("dev"))])), &[]);
        expect(&arrows(&tree(DRAWN), &with(&[])), &["ARCHITECTURE.md:10: b -> a is not there"]);
        let reverse = with(&[("a", None), ("c", Some("build"))]);
        expect(&arrows(&tree(DRAWN), &reverse), &["crates/b/Cargo.toml:1: b -> c is not drawn"]);
        let shipped = with(&[("a", None), (TESTKIT, None)]);
        let found = arrows(&tree(&DRAWN.replace("b -> a", "b -> a testkit")), &shipped);
        expect(&found, &["crates/b/Cargo.toml:1: the testkit"]);
        let none = DRAWN.replace("b -> a", "c -> a");
        let found = arrows(&tree(&none), &with(&[("a", None)]));
        expect(&found, &["ARCHITECTURE.md:1: `b` has no line", "ARCHITECTURE.md:10: there is no crate `c`"]);
    }
}
