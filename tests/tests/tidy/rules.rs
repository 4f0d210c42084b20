//! The rules for files, each with what to do about a breach.

use std::collections::BTreeMap;

use crate::source::Source;
use crate::tree::{File, Finding, Tree};

/// Looks through the tree for what is against one rule.
pub(crate) type Rule = fn(&Tree) -> Vec<Finding>;

/// All of them.
pub(crate) const RULES: &[Rule] = &[
    files_are_short,
    functions_are_short_by_lint,
    names_say_something,
    identifiers_say_something,
    nothing_is_put_off,
    sql_is_in_the_store,
    nothing_is_global,
    crates_have_a_head,
    migrations_come_in_pairs,
    scripts_can_be_run,
    no_machine_is_named,
];

/// The most lines of a source file before its unit tests.
const LINES_MAX: usize = 500;
/// The most lines of a file that is all tests.
const TEST_LINES_MAX: usize = 700;

fn files_are_short(tree: &Tree) -> Vec<Finding> {
    let long = |file: &File| {
        let (lines, most) = if file.is_test() {
            (file.text.lines().count(), TEST_LINES_MAX)
        } else {
            (lines_before_tests(&file.text), LINES_MAX)
        };
        let remedy = format!("{lines} lines, and {most} is the most: find the second idea in it, and give it a file");
        (lines > most).then(|| Finding::new(&file.path, most + 1, remedy))
    };
    tree.rust().filter_map(long).collect()
}

fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ");
    lines.windows(2).position(begins).unwrap_or(lines.len())
}

/// Clippy counts the lines of functions: what is seen to here is that it does, everywhere.
fn functions_are_short_by_lint(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut demand = |path: &str, wanted: &str| {
        if tree.file(path).is_some_and(|file| !file.text.contains(wanted)) {
            findings.push(Finding::new(path, 1, format!("`{}` is missing: put it back", wanted.trim())));
        }
    };
    demand("clippy.toml", "too-many-lines-threshold = 70\n");
    demand("Cargo.toml", "pedantic = { level = \"warn\"");
    for file in tree.files.iter().filter(|f| f.path.ends_with("/Cargo.toml") && !f.path.starts_with("fuzz/")) {
        demand(&file.path, "[lints]\nworkspace = true\n");
    }
    for file in tree.files.iter().filter(|f| f.is_rust() || f.path.ends_with("Cargo.toml")) {
        let code = if file.is_rust() { Source::read(&file.text).code } else { file.text.clone() };
        for line in lines_with(&code, "too_many_lines") {
            findings.push(Finding::new(&file.path, line, "no function is longer than 70 lines: divide it"));
        }
    }
    findings
}

/// Names that say where something was put, and not what it is.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "handler", "handlers"];

fn names_say_something(tree: &Tree) -> Vec<Finding> {
    let is_empty = |file: &&File| {
        file.path.split('/').any(|part| {
            let stem = part.split('.').next().unwrap_or_default().to_lowercase();
            EMPTY_NAMES.contains(&stem.as_str())
        })
    };
    let remedy = "the name says nothing: call it by the one thing that it is about";
    tree.files.iter().filter(is_empty).map(|file| Finding::new(&file.path, 1, remedy)).collect()
}

fn identifiers_say_something(tree: &Tree) -> Vec<Finding> {
    find_in_code(
        tree,
        &[
            ("Manager", "name the type by what it is: a gate, a lobby, a caretaker"),
            ("Helper", "name the type by what it is"),
            ("fn handle_", "name the function by what it does"),
            ("fn get_", "name the function by what it gives, without `get_`"),
        ],
    )
}

fn nothing_is_put_off(tree: &Tree) -> Vec<Finding> {
    find_in_code(
        tree,
        &[
            ("#[ignore", "run the test, or take it out: none is skipped silently"),
            ("todo!(", "do it now, or write an issue"),
            ("unimplemented!(", "do it now, or write an issue"),
            ("thread::sleep(", "wait for what is to happen, with a time limit"),
        ],
    )
}

fn find_in_code(tree: &Tree, forbidden: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        let code = Source::read(&file.text).code;
        for (text, remedy) in forbidden {
            let found = lines_with(&code, text);
            findings.extend(found.map(|line| Finding::new(&file.path, line, format!("`{text}`: {remedy}"))));
        }
    }
    findings
}

fn lines_with<'a>(text: &'a str, wanted: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.lines().enumerate().filter(move |(_, line)| line.contains(wanted)).map(|(n, _)| n + 1)
}

/// Words by which SQL is known. IMAP has a SELECT too, but nothing that comes FROM anywhere.
const SQL: &[&[&str]] = &[
    &["SELECT", "FROM"],
    &["INSERT", "INTO"],
    &["UPDATE", "SET"],
    &["DELETE", "FROM"],
    &["CREATE", "TABLE"],
    &["ALTER", "TABLE"],
    &["DROP", "TABLE"],
];

/// What is shipped has its SQL in the store. Tests may look into a database from outside.
fn sql_is_in_the_store(tree: &Tree) -> Vec<Finding> {
    let elsewhere = |f: &&File| {
        let shipped = f.path.starts_with("crates/") && !f.path.starts_with("crates/store/") && !f.is_test();
        shipped || f.path.starts_with("benches/")
    };
    let mut findings = Vec::new();
    for file in tree.rust().filter(elsewhere) {
        for (line, text) in Source::read(&file.text).strings {
            let is_sql = |words: &[&str]| {
                let mut said = text.split_whitespace();
                words.iter().all(|word| said.any(|w| w == *word))
            };
            if SQL.iter().any(|words| is_sql(words)) {
                findings.push(Finding::new(&file.path, line, "SQL: make it a function in crates/store/src/table"));
            }
        }
    }
    findings
}

/// Where a `static` with something inside that changes is allowed, with the reason said at the place.
const GLOBAL_ALLOWED: &[&str] = &["crates/gateway/src/buffers.rs"];
/// What can change behind a shared reference.
const CHANGING: &[&str] =
    &["Mutex", "RwLock", "Atomic", "Cell", "OnceLock", "LazyLock", "ArcSwap", "Condvar", "Sender"];

fn nothing_is_global(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust().filter(|f| !GLOBAL_ALLOWED.contains(&f.path.as_str())) {
        let source = Source::read(&file.text);
        for (line, text) in source.lines() {
            let Some((before, after)) = text.split_once("static ") else { continue };
            let is_item = before.trim().is_empty() || before.trim().starts_with("pub");
            let name = after.trim_start_matches("mut ").split(':').next().unwrap_or_default().trim();
            let is_named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            let changes = after.starts_with("mut ") || CHANGING.iter().any(|kind| after.contains(kind));
            if is_item && is_named && changes {
                findings.push(Finding::new(&file.path, line, "global state: make it a value that is handed in"));
            }
        }
    }
    findings
}

fn crates_have_a_head(tree: &Tree) -> Vec<Finding> {
    let is_root = |f: &&File| f.path.ends_with("src/lib.rs") || f.path.ends_with("src/main.rs");
    let remedy = "begin with `//!`: the crate's job, what is never to be put there, where to start reading";
    tree.rust()
        .filter(is_root)
        .filter(|file| !file.text.starts_with("//!"))
        .map(|file| Finding::new(&file.path, 1, remedy))
        .collect()
}

const MIGRATIONS: &str = "crates/store/migrations/";

fn migrations_come_in_pairs(tree: &Tree) -> Vec<Finding> {
    let mut engines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in &tree.files {
        let Some((engine, name)) = file.path.strip_prefix(MIGRATIONS).and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        engines.entry(name).or_default().push(engine);
    }
    let entered = tree.file("crates/store/src/migrate.rs").map_or("", |f| &f.text);
    let mut findings = Vec::new();
    for (number, (name, of)) in engines.iter().enumerate() {
        let path = format!("{MIGRATIONS}{}/{name}", of[0]);
        if *of != ["postgres", "sqlite"] {
            findings.push(Finding::new(&path, 1, "a migration of one engine: write its twin for the other"));
        } else if !name.starts_with(&format!("{:04}_", number + 1)) {
            findings.push(Finding::new(&path, 1, format!("number {:04} is missing before it", number + 1)));
        }
        if !of.iter().all(|engine| entered.contains(&format!("../migrations/{engine}/{name}"))) {
            findings.push(Finding::new(&path, 1, "enter it in crates/store/src/migrate.rs"));
        }
    }
    findings
}

fn scripts_can_be_run(tree: &Tree) -> Vec<Finding> {
    let check = |file: &File| match (file.text.starts_with("#!/"), file.executable) {
        (true, false) => Some(Finding::new(&file.path, 1, "a script that cannot be run: chmod +x")),
        (false, true) => Some(Finding::new(&file.path, 1, "it can be run and says not by what: chmod -x, or `#!`")),
        _ => None,
    };
    tree.files.iter().filter_map(check).collect()
}

/// Where people keep their own files.
const HOMES: &[&str] =
    &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("C:\\Us", "ers")];

fn no_machine_is_named(tree: &Tree) -> Vec<Finding> {
    // Where the tree is, if that is a name which could not stand there by chance.
    let here = tree.root.as_deref().filter(|root| root.components().count() > 2);
    let here = here.map(|root| root.display().to_string());
    let private: Vec<&str> = HOMES.iter().copied().chain(here.as_deref()).collect();
    let mut findings = Vec::new();
    for file in &tree.files {
        for (n, line) in file.text.lines().enumerate() {
            if private.iter().any(|path| names(line, path)) {
                let remedy = "a path of one machine: name it from the root of the tree, or take a temporary directory";
                findings.push(Finding::new(&file.path, n + 1, remedy));
            }
        }
    }
    findings
}

/// Whether a path begins somewhere in a line; as the end of another path it is another.
fn names(line: &str, path: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-}$~*".contains(c);
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(inside))
}

/// Each rule with a file that breaks it in one line, and that line's number.
const BREACHES: &[(Rule, &str, &str, usize)] = &[
    (functions_are_short_by_lint, "clippy.toml", "too-many-lines-threshold = 700\n", 1),
    (functions_are_short_by_lint, "crates/x/Cargo.toml", "[package]\n", 1),
    (functions_are_short_by_lint, "crates/x/src/y.rs", "//! X.\n#[expect(clippy::too_many_lines)]\n", 2),
    (names_say_something, "crates/x/src/utils.rs", "", 1),
    (names_say_something, "crates/common/src/lib.rs", "", 1),
    (identifiers_say_something, "crates/x/src/y.rs", "\nstruct LockManager;", 2),
    (identifiers_say_something, "crates/x/src/y.rs", "struct PasswordHelper;", 1),
    (identifiers_say_something, "tests/tests/y.rs", "fn handle_it() {}", 1),
    (identifiers_say_something, "fuzz/fuzz_targets/y.rs", "pub fn get_it() {}", 1),
    (nothing_is_put_off, "crates/x/tests/y.rs", "#[test]\n#[ignore = \"later\"]\nfn y() {}", 2),
    (nothing_is_put_off, "crates/x/src/y.rs", "fn y() { todo!() }", 1),
    (nothing_is_put_off, "tests/src/y.rs", "std::thread::sleep(a_while);", 1),
    (sql_is_in_the_store, "crates/x/src/y.rs", "f(\n\"SELECT id FROM account\");", 2),
    (sql_is_in_the_store, "crates/x/src/y.rs", "f(\"INSERT INTO account VALUES (1)\");", 1),
    (sql_is_in_the_store, "benches/src/y.rs", "f(r#\"UPDATE account\n SET id = 1\"#);", 1),
    (nothing_is_global, "crates/x/src/y.rs", "static mut N: u8 = 0;", 1),
    (nothing_is_global, "crates/x/src/y.rs", "\npub(crate) static N: AtomicU8 = AtomicU8::new(0);", 2),
    (nothing_is_global, "crates/x/src/y.rs", "thread_local! {\n    static N: RefCell<u8> = RefCell::new(0);\n}", 2),
    (crates_have_a_head, "crates/x/src/lib.rs", "mod y;", 1),
    (migrations_come_in_pairs, "crates/store/migrations/sqlite/0001_x.sql", "", 1),
    (scripts_can_be_run, "tests/x", "#!/bin/sh\n", 1),
    (no_machine_is_named, "docs/x.md", concat!("\n`/ho", "me/ada/valetkey`"), 2),
];

/// Files that look like a breach and are none.
const BLAMELESS: &[(&str, &str)] = &[
    ("crates/x/src/y.rs", "// a Manager, thread::sleep(), todo!()\nconst X: &str = \"fn get_it() { todo!() }\";"),
    ("crates/x/src/imap.rs", "say(\"a SELECT INBOX\"); say(\"UPDATE\"); let s: &'static Mutex<u8> = m;"),
    ("crates/store/src/table/x.rs", "f(\"SELECT id FROM account\");"),
    ("tests/src/x.rs", "f(\"SELECT id FROM account\");"),
    ("docs/x.md", concat!("{d}/ho", "me/x and /var/lib/valetkey and ~/ho", "me/x")),
    ("crates/x/src/lib.rs", "//! X.\n\nstatic ALLOCATOR: MiMalloc = MiMalloc;\n"),
];

#[test]
fn each_rule_finds_what_it_forbids() {
    for (rule, path, text, line) in BREACHES {
        let found: Vec<String> = rule(&Tree::of(path, text)).iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|f| f.starts_with(&format!("{path}:{line}: "))), "{path}: {text}\n{found:?}");
    }
    let lines = |count: usize, tests: &str| "//! X.\n".repeat(count) + tests;
    let tests = "#[cfg(test)]\nmod tests {\n}\n";
    for (path, text, found) in [
        ("crates/x/src/y.rs", lines(500, tests), 0),
        ("crates/x/src/y.rs", lines(501, tests), 1),
        ("crates/x/src/y/tests.rs", lines(700, ""), 0),
        ("crates/x/tests/y.rs", lines(701, ""), 1),
    ] {
        assert_eq!(files_are_short(&Tree::of(path, &text)).len(), found, "{path}: {}", text.len());
    }
}

#[test]
fn no_rule_finds_what_only_looks_like_a_breach() {
    for (path, text) in BLAMELESS {
        let found: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&Tree::of(path, text))).collect();
        assert!(found.is_empty(), "{text}\n{found:?}");
    }
}
