//! The `If` header (RFC 4918 section 10.4), as far as it names resources.

/// A header of another shape than the grammar's: nobody knows which resources it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed If header")]
pub struct ConditionsError;

/// The references by which its lists are tagged, as they stand there.
pub fn tagged(value: &[u8]) -> Result<Vec<&[u8]>, ConditionsError> {
    let mut references = Vec::new();
    let mut rest = value.trim_ascii();
    let mut lists = 0_usize;
    while let Some((begin, behind)) = rest.split_first() {
        rest = match begin {
            b'<' => {
                let (reference, behind) = until(behind, b'>')?;
                references.push(reference);
                // A tag is for the lists behind it, of which there is at least one.
                if behind.trim_ascii_start().first() != Some(&b'(') {
                    return Err(ConditionsError);
                }
                behind
            }
            b'(' => {
                lists += 1;
                list(behind)?
            }
            _ => return Err(ConditionsError),
        }
        .trim_ascii_start();
    }
    if lists == 0 { Err(ConditionsError) } else { Ok(references) }
}

/// Skips a list up to and with its closing bracket.
fn list(mut rest: &[u8]) -> Result<&[u8], ConditionsError> {
    let mut conditions = 0_usize;
    loop {
        rest = rest.trim_ascii_start();
        let (begin, behind) = rest.split_first().ok_or(ConditionsError)?;
        rest = match begin {
            b')' if conditions > 0 => return Ok(behind),
            b'<' => until(behind, b'>')?.1,
            b'[' => entity_tag(behind)?,
            b'N' | b'n' => {
                let (word, behind) = rest.split_at_checked(3).ok_or(ConditionsError)?;
                if !word.eq_ignore_ascii_case(b"not") {
                    return Err(ConditionsError);
                }
                rest = behind;
                continue;
            }
            _ => return Err(ConditionsError),
        };
        conditions += 1;
    }
}

/// Skips `"tag"]` or `W/"tag"]`.
fn entity_tag(rest: &[u8]) -> Result<&[u8], ConditionsError> {
    let rest = rest.trim_ascii_start();
    let quoted = rest.strip_prefix(b"W/").unwrap_or(rest).strip_prefix(b"\"").ok_or(ConditionsError)?;
    let (_, behind) = until(quoted, b'"')?;
    behind.trim_ascii_start().strip_prefix(b"]").ok_or(ConditionsError)
}

/// What stands before a byte, and what behind it.
fn until(text: &[u8], end: u8) -> Result<(&[u8], &[u8]), ConditionsError> {
    let at = text.iter().position(|byte| *byte == end).ok_or(ConditionsError)?;
    // A bracket that opens before one has closed belongs to another reading.
    let inside = &text[..at];
    if end == b'>' && inside.contains(&b'<') { Err(ConditionsError) } else { Ok((inside, &text[at + 1..])) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Result<Vec<String>, ConditionsError> {
        tagged(value.as_bytes())
            .map(|all| all.into_iter().map(|one| String::from_utf8_lossy(one).into_owned()).collect())
    }

    /// The examples of RFC 4918 section 10.4.
    #[test]
    fn it_reads_the_examples_of_the_rfc() {
        for untagged in [
            "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2> [\"I am an ETag\"]) ([\"I am another ETag\"])",
            "(Not <urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2> <urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092>)",
            "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>) (Not <DAV:no-lock>)",
            "([W/\"A weak ETag\"]) ([\"strong ETag\"])",
            "(Not [\"a)]<b>\"])",
        ] {
            assert_eq!(names(untagged), Ok(Vec::new()), "{untagged}");
        }
        assert_eq!(
            names("</resource1> (<urn:uuid:181d4fae> [W/\"A weak ETag\"]) ([\"strong ETag\"])").as_deref(),
            Ok(&["/resource1".to_owned()][..])
        );
        let two = "<http://www.example.com/a> (<urn:x:1>) <http://www.example.com/b>\t([\"4217\"])";
        assert_eq!(names(two).expect("two").len(), 2);
    }

    #[test]
    fn what_another_reader_could_take_for_a_resource_is_refused() {
        for bad in [
            "",
            " ",
            "x",
            "<a>",
            "<a> <b> (<c>)",
            "(",
            "()",
            "(<a>",
            "<a (<b>)",
            "(<a>) x",
            "([a])",
            "([\"a\")",
            "(<a>) </bob/",
            "(Nor <a>)",
            "(Not)",
            "<</bob/> (<b>)",
            "(\"<x>\" </bob/>)",
        ] {
            assert_eq!(names(bad), Err(ConditionsError), "{bad}");
        }
    }
}
