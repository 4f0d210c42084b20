//! nginx in front of web servers: an answer that is kept, and an identity that is passed on as the app sent it.

use std::path::{Path, PathBuf};

use super::include::included;
use super::{Finding, Grade, at, read};

/// How deep includes go at most.
const DEPTH_MAX: usize = 16;
/// The header by which servers behind are told who somebody is.
const IDENTITY: &str = "x-remote-user";
/// What to do about a file that is a part.
const WHOLE: &str = "name the file with which nginx starts, for example /etc/nginx/nginx.conf";

/// One directive, with its own block if it has one.
struct Directive {
    words: Vec<String>,
    place: String,
    block: Vec<Directive>,
}

impl Directive {
    fn is(&self, name: &str) -> bool {
        self.words.first().is_some_and(|word| word == name)
    }

    fn value(&self) -> &str {
        self.words.get(1).map_or("", String::as_str)
    }

    fn setting(&self) -> String {
        self.words.join(" ")
    }
}

pub(super) fn examine(file: &Path) -> Result<Vec<Finding>, String> {
    let base = file.parent().unwrap_or(Path::new("/")).to_owned();
    let all = parse(file, &base, 0)?;
    // nginx starts with no file that has no such block.
    if !all.iter().any(|one| one.is("events")) {
        return Err(format!(
            "{} is a part of nginx's configuration, and what stands around it counts as well: {WHOLE}",
            file.display()
        ));
    }
    let mut found = Vec::new();
    let mut asking = Vec::new();
    questions(&all, &mut asking);
    look_through(&all, &[], &asking, &mut found);
    if !asking.is_empty() {
        names(&all, &mut found);
    }
    Ok(found)
}

/// Looks for what lets names of headers through that are the identity's to a server behind: to many, `_` is `-`. Wherever it
/// stands, since nginx reads headers before it knows which server is meant, by what the default one says.
fn names(block: &[Directive], found: &mut Vec<Finding>) {
    for one in block {
        let usual = match one.words.first().map(String::as_str) {
            Some("underscores_in_headers") => "off",
            Some("ignore_invalid_headers") => "on",
            _ => {
                names(&one.block, found);
                continue;
            }
        };
        if one.value() != usual {
            found.push(Finding {
                grade: Grade::Fault,
                place: one.place.clone(),
                setting: one.setting(),
                harm: "X_Remote_User reaches the server behind as the app sent it, and many read it as X-Remote-User: whoever \
                       signs in can be anybody"
                    .into(),
                remedy: format!("set `{} {usual};`, or take the line out, and reload nginx", one.words[0]),
            });
        }
    }
}

/// The addresses at which nginx asks itself before it lets anything pass.
fn questions<'d>(block: &'d [Directive], asking: &mut Vec<&'d str>) {
    for one in block {
        if one.is("auth_request") && one.value() != "off" {
            asking.push(one.value());
        }
        questions(&one.block, asking);
    }
}

/// Looks at each block, with the blocks around it: what is not set in one is taken from those.
fn look_through<'d>(block: &'d [Directive], around: &[&'d [Directive]], asking: &[&str], found: &mut Vec<Finding>) {
    let mut here = vec![block];
    here.extend_from_slice(around);
    let nearest = |name: &str| here.iter().find_map(|block| block.iter().find(|one| one.is(name)));
    // Of a location it is known from around it that it is asked; else by where it leads.
    let is_asked = around.first().is_some_and(|outside| {
        let location = outside.iter().find(|one| one.is("location") && std::ptr::eq(one.block.as_slice(), block));
        location.is_some_and(|location| location.words.iter().skip(1).any(|word| asking.contains(&word.as_str())))
    });
    let asks = is_asked || block.iter().any(|one| one.is("proxy_pass") && one.value().contains("/forward-auth"));
    if asks && let Some(cache) = nearest("proxy_cache").filter(|cache| cache.value() != "off") {
        found.push(Finding {
            grade: Grade::Fault,
            place: cache.place.clone(),
            setting: cache.setting(),
            harm: "nginx keeps Valetkey's answer, and a revoked app password gets in for as long".into(),
            remedy: "set `proxy_cache off;` in the location that asks, and reload nginx".into(),
        });
    }
    let passes = block.iter().find(|one| one.is("proxy_pass")).filter(|_| !asks);
    let guard = nearest("auth_request").filter(|guard| guard.value() != "off");
    if let (Some(passes), Some(guard)) = (passes, guard) {
        // nginx takes these from around only where a block has none of its own.
        let headers = here.iter().find(|block| block.iter().any(|one| one.is("proxy_set_header")));
        let mut set = headers.into_iter().flat_map(|block| block.iter()).filter(|one| one.is("proxy_set_header"));
        // What comes from the app's own headers is no better than the header itself.
        let is_ours = set.any(|one| {
            one.value().eq_ignore_ascii_case(IDENTITY) && !one.words.iter().skip(2).any(|word| word.contains("$http_"))
        });
        if !is_ours {
            found.push(Finding {
                grade: Grade::Fault,
                place: passes.place.clone(),
                setting: passes.setting(),
                harm: format!(
                    "behind `{}` X-Remote-User reaches the server as the app sent it: whoever signs in can be anybody",
                    guard.setting()
                ),
                remedy: "set it from Valetkey's answer: `auth_request_set $account $upstream_http_x_remote_user;` and \
                         `proxy_set_header X-Remote-User $account;`"
                    .into(),
            });
        }
    }
    for one in block {
        look_through(&one.block, &here, asking, found);
    }
}

fn parse(file: &Path, base: &Path, depth: usize) -> Result<Vec<Directive>, String> {
    if depth >= DEPTH_MAX {
        return Err(format!("{}: includes go too deep", file.display()));
    }
    let text = read(file)?;
    let mut words = Words { chars: text.chars().collect(), at: 0, line: 1 };
    block(&mut words, file, base, depth, 0)
}

fn block(words: &mut Words, file: &Path, base: &Path, depth: usize, nested: usize) -> Result<Vec<Directive>, String> {
    if nested > DEPTH_MAX {
        return Err(format!("{}: blocks go too deep", at(file, words.line)));
    }
    let (mut all, mut current, mut line) = (Vec::new(), Vec::new(), words.line);
    while let Some(word) = words.next() {
        match word {
            Word::Text(text) => {
                if current.is_empty() {
                    line = words.line;
                }
                current.push(text);
            }
            Word::End => {
                let directive =
                    Directive { words: std::mem::take(&mut current), place: at(file, line), block: Vec::new() };
                if directive.is("include") {
                    for included in &files(&directive, base)? {
                        all.extend(parse(included, base, depth + 1)?);
                    }
                } else {
                    all.push(directive);
                }
            }
            Word::Open => {
                let words_of = std::mem::take(&mut current);
                let inside = block(words, file, base, depth, nested + 1)?;
                all.push(Directive { words: words_of, place: at(file, line), block: inside });
            }
            Word::Close => break,
        }
    }
    Ok(all)
}

/// What an include means: nginx looks for it from where the file is with which it starts.
fn files(include: &Directive, base: &Path) -> Result<Vec<PathBuf>, String> {
    included(include.value(), base)?.ok_or_else(|| {
        let whole = base.join(include.value());
        format!("{}: {} is not there, where nginx would look for it: {WHOLE}", include.place, whole.display())
    })
}

enum Word {
    Text(String),
    End,
    Open,
    Close,
}

/// nginx's words: quoted or not, comments left out.
struct Words {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

impl Words {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn next(&mut self) -> Option<Word> {
        while let Some(c) = self.peek() {
            if c == '#' {
                while self.take().is_some_and(|c| c != '\n') {}
            } else if c.is_whitespace() {
                self.take();
            } else {
                break;
            }
        }
        match self.take()? {
            ';' => Some(Word::End),
            '{' => Some(Word::Open),
            '}' => Some(Word::Close),
            quote @ ('"' | '\'') => {
                let mut text = String::new();
                while let Some(c) = self.take().filter(|c| *c != quote) {
                    text.push(if c == '\\' { self.take().unwrap_or(c) } else { c });
                }
                Some(Word::Text(text))
            }
            first => {
                let mut text = String::from(first);
                while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && *c != ';') {
                    // `${name}` is a part of a word; any other brace ends it.
                    if (c == '{' && !text.ends_with('$')) || (c == '}' && !text.contains("${")) {
                        break;
                    }
                    text.push(c);
                    self.take();
                }
                Some(Word::Text(text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "events {} http {
  server {
    location = /_valetkey {
      internal;
      proxy_pass http://127.0.0.1:9440/forward-auth/dav; # no cache here
    }
    location / {
      auth_request /_valetkey;
      auth_request_set $account $upstream_http_x_remote_user;
      proxy_set_header X-Remote-User $account;
      proxy_pass http://127.0.0.1:5232;
    }
  }
}
";

    fn found(text: &str) -> Vec<(String, String)> {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("nginx.conf");
        std::fs::write(&file, text).expect("a file");
        let shown = format!("{}/", dir.path().display());
        let found = examine(&file).expect("it can be read");
        found.into_iter().map(|one| (one.place.replace(&shown, ""), one.setting)).collect()
    }

    #[test]
    fn what_is_right_is_left_alone() {
        assert_eq!(found(GOOD), []);
        assert_eq!(found(&GOOD.replace("internal;", "internal; proxy_cache off;")), []);
        let others = "events {} http { proxy_cache all; server { location / { proxy_pass http://127.0.0.1:80; } } }";
        assert_eq!(found(others), [], "what asks nobody is nobody's business");
    }

    #[test]
    fn an_answer_that_is_kept_is_found_wherever_that_is_set() {
        let cache = ("nginx.conf, line 4".to_owned(), "proxy_cache answers".to_owned());
        assert_eq!(found(&GOOD.replace("internal;", "proxy_cache answers;")), [cache]);
        let around = found(&GOOD.replace("  server {\n", "  proxy_cache answers; server {\n"));
        assert_eq!(around, [("nginx.conf, line 2".to_owned(), "proxy_cache answers".to_owned())]);
    }

    #[test]
    fn an_identity_that_is_passed_on_is_found() {
        let passes = ("nginx.conf, line 10".to_owned(), "proxy_pass http://127.0.0.1:5232".to_owned());
        assert_eq!(found(&GOOD.replace("      proxy_set_header X-Remote-User $account;\n", "")), [passes]);
        let elsewhere = GOOD.replace("proxy_set_header X-Remote-User $account;", "proxy_set_header Host \"$host\";");
        let elsewhere = elsewhere.replace("  server {\n", "  server {\n proxy_set_header X-Remote-User $account;\n");
        assert_eq!(found(&elsewhere).len(), 1, "where a block has headers of its own, those around it do not count");
    }

    #[test]
    fn an_identity_from_the_app_and_a_question_by_another_path_are_found() {
        assert_eq!(found(&GOOD.replace("X-Remote-User $account", "X-Remote-User $http_x_remote_user")).len(), 1);
        assert_eq!(found(&GOOD.replace("X-Remote-User $account", "Remote-User $account")).len(), 1);
        let by_another = GOOD.replace("/forward-auth/dav", "").replace("internal;", "proxy_cache answers;");
        assert_eq!(found(&by_another), [("nginx.conf, line 4".to_owned(), "proxy_cache answers".to_owned())]);
    }

    #[test]
    fn an_identity_by_another_spelling_is_found_wherever_it_is_let_through() {
        for (setting, is_found) in [
            ("underscores_in_headers on", true),
            ("underscores_in_headers off", false),
            ("ignore_invalid_headers off", true),
            ("ignore_invalid_headers on", false),
        ] {
            let here = vec![("nginx.conf, line 2".to_owned(), setting.to_owned())];
            let expected = if is_found { here } else { Vec::new() };
            assert_eq!(found(&GOOD.replace("  server {", &format!("  server {{ {setting};"))), expected);
            assert_eq!(found(&GOOD.replace("  server {", &format!("  {setting}; server {{"))), expected);
        }
        let others = "events {} http { underscores_in_headers on; server { location / { proxy_pass http://a; } } }";
        assert_eq!(found(others), [], "without a question there is no identity");
    }

    #[test]
    fn included_files_are_looked_through() {
        let dir = tempfile::tempdir().expect("a directory");
        let (main, part) = (dir.path().join("nginx.conf"), dir.path().join("dav.conf"));
        std::fs::write(&main, "events {} http { include *.conf.d; include dav.conf; }\n").expect("a file");
        std::fs::write(&part, "\nserver { location / { auth_request /v; proxy_pass http://${name}; } }\n")
            .expect("a file");
        let found = examine(&main).expect("it can be read");
        assert_eq!(found.iter().map(|one| one.place.clone()).collect::<Vec<_>>(), [at(&part, 2)]);
        std::fs::write(&part, "include dav.conf;").expect("a file");
        assert!(examine(&main).expect_err("without end").contains("includes go too deep"));
    }

    #[test]
    fn includes_are_followed_as_nginx_follows_them_or_are_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        let (main, site) = (dir.path().join("nginx.conf"), dir.path().join("vhosts/dav/nginx.conf"));
        let snippet = dir.path().join("snippets/ask.conf");
        for file in [&site, &snippet] {
            std::fs::create_dir_all(file.parent().expect("it has one")).expect("a directory");
        }
        std::fs::write(&main, "events {} http { include vhosts/*/nginx.conf; }\n").expect("a file");
        let asks = "server { location /ask { include snippets/ask.conf; } }\n";
        std::fs::write(&site, asks).expect("a file");
        std::fs::write(&snippet, "proxy_pass http://a/forward-auth;\nproxy_cache answers;\n").expect("a file");
        let found = examine(&main).expect("it can be read");
        assert_eq!(found.iter().map(|one| one.place.clone()).collect::<Vec<_>>(), [at(&snippet, 2)]);
        let of_a_part = examine(&site).expect_err("nginx looks for the snippet elsewhere");
        let not_there = dir.path().join("vhosts/dav/snippets/ask.conf").display().to_string();
        for said in [&at(&site, 1), &not_there, "name the file with which nginx starts"] {
            assert!(of_a_part.contains(said), "{of_a_part}");
        }
        let of_a_part = examine(&snippet).expect_err("what stands around it is not known");
        assert!(of_a_part.contains("is a part") && of_a_part.contains(WHOLE), "{of_a_part}");
        std::fs::write(&site, asks.replace("ask.conf", "[a-z]*.conf")).expect("a file");
        assert!(examine(&main).is_err_and(|error| error.contains("not looked for")));
    }
}
