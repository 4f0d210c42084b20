//! Where a message's content ends. This is where the bytes are: lines are found by `memchr`, and passed as they came.

/// What was found at the front of some content.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// So many bytes may pass; what follows, if anything, must be seen with what comes next. And whether they end with
    /// the end of a line.
    Content(usize, bool),
    /// The message ends behind so many bytes, the last dot's line included.
    End(usize),
    /// A line end that is not CR LF, or a NUL where a server that overlooks it would see the last dot.
    Ambiguous,
}

/// Looks at content, at the beginning of a line or in its middle. What could be a part of the last dot, or half a line
/// end, is kept back: so that a server never has the end of a message without its app having sent it whole.
pub(super) fn find(input: &[u8], mut begins_line: bool) -> Found {
    let mut at = 0;
    loop {
        let rest = &input[at..];
        if begins_line {
            match rest {
                [b'.', b'\r', b'\n', ..] => return Found::End(at + 3),
                [] | [b'.'] | [b'.', b'\r'] => return Found::Content(at, true),
                [0, ..] | [b'.', 0, ..] => return Found::Ambiguous,
                _ => {}
            }
        }
        let Some(end) = memchr::memchr2(b'\r', b'\n', rest) else {
            return Found::Content(input.len(), false);
        };
        match rest[end..] {
            [b'\r', b'\n', ..] => {
                at += end + 2;
                begins_line = true;
            }
            [b'\r'] => return Found::Content(at + end, begins_line && end == 0),
            _ => return Found::Ambiguous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_with_a_dot_on_a_line_of_its_own() {
        assert_eq!(find(b".\r\nQUIT\r\n", true), Found::End(3), "an empty message");
        assert_eq!(find(b"a\r\n.\r\n", true), Found::End(6));
        assert_eq!(find(b".\r\n", false), Found::Content(3, true), "the end of a line");
        for inside in ["..\r\n", ".a\r\n", " .\r\n", "a.\r\n", "\r\n", "...\r\n", ". \r\n"] {
            assert_eq!(find(inside.as_bytes(), true), Found::Content(inside.len(), true), "{inside:?}");
        }
    }

    #[test]
    fn what_may_be_a_part_of_the_end_is_kept_back() {
        assert_eq!(find(b"a\r\n", true), Found::Content(3, true));
        assert_eq!(find(b"a\r\n.", true), Found::Content(3, true));
        assert_eq!(find(b"a\r\n.\r", true), Found::Content(3, true));
        assert_eq!(find(b"a\r", true), Found::Content(1, false));
        assert_eq!(find(b"\r", true), Found::Content(0, true));
        assert_eq!(find(b"\r", false), Found::Content(0, false));
    }

    /// What servers were found to take for the end of a message, or for a line's.
    #[test]
    fn what_only_some_servers_take_for_an_end_is_ambiguous() {
        for line_end in ["\n", "\r", "\r\0\n", "\r\r\n", "\n\r"] {
            for dot in [
                "\n.\n",
                "\n.\r\n",
                "\r.\r",
                "\r\n.\n",
                "\r\n.\r",
                "\n.\r",
                "\r.\n",
                "\r.\r\n",
                "\r\n\0.\r\n",
                "\r\n.\0\r\n",
            ] {
                let sent = format!("a{line_end}b\r\n{dot}x\r\n");
                assert_eq!(find(sent.as_bytes(), true), Found::Ambiguous, "{sent:?}");
                let sent = format!("a{dot}x\r\n");
                assert_eq!(find(sent.as_bytes(), true), Found::Ambiguous, "{sent:?}");
            }
        }
    }
}
