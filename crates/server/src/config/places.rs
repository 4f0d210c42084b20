//! Where the keys of a section stand in the file, whether there is one such section or several.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

/// The keys of each section of a name, in order, each key with where its value begins.
#[derive(Default)]
pub(super) struct Keys(Vec<Vec<(String, usize)>>);

impl Keys {
    /// Where the value of a key begins in one of the sections, which are counted from 0.
    pub(super) fn find(&self, number: usize, key: &str) -> Option<usize> {
        self.0.get(number)?.iter().find(|(found, _)| found == key).map(|(_, at)| *at)
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Section)
    }
}

struct Section;

impl<'de> Visitor<'de> for Section {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a section")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Keys, M::Error> {
        let mut keys = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Spanned<IgnoredAny>>()? {
            keys.push((key, value.span().start));
        }
        Ok(Keys(vec![keys]))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut all: S) -> Result<Keys, S::Error> {
        let mut keys = Keys::default();
        while let Some(one) = all.next_element::<Keys>()? {
            keys.0.extend(one.0);
        }
        Ok(keys)
    }

    // What is no section has no keys.
    fn visit_bool<E>(self, _: bool) -> Result<Keys, E> {
        Ok(Keys::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Keys, E> {
        Ok(Keys::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Keys, E> {
        Ok(Keys::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Keys, E> {
        Ok(Keys::default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn keys_are_found_in_one_section_and_in_several() {
        let text =
            "top = 1\n[http]\nlisten = []\nnginx_mail.imap = \"x\"\n[[many]]\na = [\"b\"]\n[[many]]\na = 1\nc = 2\n";
        let file: HashMap<String, Keys> = toml::from_str(text).expect("it is TOML");
        let line = |section: &str, number: usize, key: &str| {
            file.get(section).and_then(|keys| keys.find(number, key)).map(|at| text[..at].matches('\n').count() + 1)
        };
        assert_eq!(line("http", 0, "listen"), Some(3));
        assert_eq!((line("many", 0, "a"), line("many", 1, "a"), line("many", 1, "c")), (Some(6), Some(8), Some(9)));
        assert_eq!((line("many", 0, "c"), line("many", 2, "a"), line("top", 0, "x")), (None, None, None));
    }
}
