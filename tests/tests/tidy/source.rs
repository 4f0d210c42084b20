//! A look at Rust source that tells code from comments and literals. No parser: as much as the rules need.

/// Source, taken apart. Both texts have the lines of the original.
pub(crate) struct Source {
    /// The code: comments and the insides of literals are blank.
    pub(crate) code: String,
    /// The insides of the string literals, each with the line in which it begins.
    pub(crate) strings: Vec<(usize, String)>,
}

impl Source {
    pub(crate) fn read(text: &str) -> Self {
        let mut scanner = Scanner { rest: text, line: 1, code: String::with_capacity(text.len()), strings: Vec::new() };
        while !scanner.rest.is_empty() {
            scanner.step();
        }
        Self { code: scanner.code, strings: scanner.strings }
    }

    /// The code's lines, numbered from one.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(n, line)| (n + 1, line))
    }
}

struct Scanner<'a> {
    rest: &'a str,
    line: usize,
    code: String,
    strings: Vec<(usize, String)>,
}

impl Scanner<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        if rest.starts_with("//") {
            self.blank(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.blank(comment(rest));
        } else if let Some(hashes) = self.raw_string() {
            let start = hashes + 2;
            let end = format!("\"{}", "#".repeat(hashes));
            let inside = rest[start..].find(&end).unwrap_or(rest.len() - start);
            self.literal(start, inside, end.len());
        } else if let Some(inside) = rest.strip_prefix('"') {
            self.literal(1, string(inside), 1);
        } else if let Some(length) = character(rest) {
            self.blank(length);
        } else {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            self.take(length, false);
        }
    }

    /// The number of hashes, where a raw string begins.
    fn raw_string(&self) -> Option<usize> {
        let in_a_word = self.code.ends_with(|c: char| c.is_alphanumeric() && c != 'b' && c != 'c' || c == '_');
        let rest = self.rest.strip_prefix('r').filter(|_| !in_a_word)?;
        let opened = rest.trim_start_matches('#');
        opened.starts_with('"').then_some(rest.len() - opened.len())
    }

    fn literal(&mut self, start: usize, inside: usize, end: usize) {
        self.take(start, false);
        self.strings.push((self.line, self.rest[..inside].to_owned()));
        self.blank(inside);
        self.take(end.min(self.rest.len()), false);
    }

    fn blank(&mut self, length: usize) {
        self.take(length, true);
    }

    fn take(&mut self, length: usize, blank: bool) {
        for c in self.rest[..length].chars() {
            self.line += usize::from(c == '\n');
            self.code.push(if blank && c != '\n' { ' ' } else { c });
        }
        self.rest = &self.rest[length..];
    }
}

/// How long a comment is that begins with `/*`; they nest.
fn comment(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with("/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if text[at..].starts_with("*/") {
            (at, depth) = (at + 2, depth - 1);
        } else {
            at += c.len_utf8();
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// How far it is to the quote that ends a string.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// How long a character literal is; none if it is a lifetime, or something else.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if let Some(escape) = inside.strip_prefix('\\') {
        let skipped = escape.chars().next()?.len_utf8();
        return Some(2 + skipped + escape[skipped..].find('\'')? + 1);
    }
    let c = inside.chars().next()?;
    inside[c.len_utf8()..].starts_with('\'').then_some(c.len_utf8() + 2)
}

#[test]
fn code_is_told_from_comments_and_literals() {
    let source = Source::read(concat!(
        "a /* b /* c */ d */ e // f \"g\"\n",
        "let h = \"i \\\" // j\"; 'k': &'l str, b'\\'', '\"', '\\u{6d}'\n",
        "r#\"n \" o\"# p br\"q\" s",
    ));
    let code: Vec<&str> = source.code.split_whitespace().collect();
    assert_eq!(code.join(" "), r##"a e let h = " "; : &'l str, b , , r#" "# p br" " s"##);
    assert_eq!(source.strings, [(2, r#"i \" // j"#.into()), (3, r#"n " o"#.into()), (3, "q".into())]);
    assert_eq!(source.lines().count(), 3);
}
