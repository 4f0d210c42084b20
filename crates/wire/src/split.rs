//! Parts between separators. The standard library looks at one byte after the other, which for a token takes longer than all
//! else that is done with the message.

/// The parts of some bytes, as `[u8]::split` gives them: one more than there are separators.
pub(crate) fn split(bytes: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let end = memchr::memchr(separator, bytes);
        rest = end.map(|end| &bytes[end + 1..]);
        Some(end.map_or(bytes, |end| &bytes[..end]))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_splits_as_the_standard_library_does(bytes in proptest::collection::vec(0_u8..4, 0..60)) {
            let ours: Vec<_> = split(&bytes, 1).collect();
            prop_assert_eq!(ours, bytes.split(|b| *b == 1).collect::<Vec<_>>());
        }
    }
}
