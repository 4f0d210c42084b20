//! Which section a line belongs to, as its head says it: for what the parser finds wrong, which knows lines alone.

use toml::Table;

/// The section around a line, counted from 0: `[portal]`, `[[oauth.client]] 'webmail'`, or `this [[dav.route]]` for one of several
/// that has no name. None before the first.
pub(super) fn around(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = (0..=line.min(lines.len().checked_sub(1)?)).rev().find(|at| head(lines[*at]).is_some())?;
    let head = head(lines[start])?;
    if !head.starts_with("[[") {
        return Some(head.to_owned());
    }
    let own: Vec<&str> = lines[start + 1..].iter().copied().take_while(|line| self::head(line).is_none()).collect();
    // Whatever else is wrong with it: what stands in lines of its own is enough.
    let name = ["id", "name"].into_iter().find_map(|key| own.iter().find_map(|line| text_of(line, key)));
    Some(name.map_or_else(|| format!("this {head}"), |name| format!("{head} '{name}'")))
}

/// What a line begins a section with.
fn head(line: &str) -> Option<&str> {
    let head = line.split('#').next()?.trim();
    let name = head.strip_prefix('[')?.strip_suffix(']')?;
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.- ".contains(&b));
    is_name.then_some(head)
}

/// The text that a line gives a key.
fn text_of(line: &str, key: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix(key)?.trim_start();
    if !rest.starts_with('=') {
        return None;
    }
    let text = line.parse::<Table>().ok()?.get(key)?.as_str()?.chars().take(64).collect::<String>();
    (!text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_belongs_to_the_section_above_it() {
        let text = "a = 1\n[http]\nlisten = [\n\"[::]:1\",\n]\n[[oauth.client]] # one\nname = \"Web\"\nid = \"web\"\n[[dav.route]]\nx = 1\n";
        let names = [None, Some("[http]"), Some("[http]"), Some("[http]"), Some("[http]")];
        let client = Some("[[oauth.client]] 'web'");
        let route = Some("this [[dav.route]]");
        let all = names.into_iter().chain([client; 3]).chain([route; 2]);
        for (line, expected) in all.enumerate() {
            assert_eq!(around(text, line).as_deref(), expected, "{line}");
        }
        assert_eq!(around(text, 99).as_deref(), route);
        assert_eq!(around("", 0), None);
    }
}
