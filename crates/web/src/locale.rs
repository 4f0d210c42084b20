//! The languages: messages in files of their own, chosen by the reader or by what the browser asks for.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages, parse_accepted_languages};

/// Every language, the one that others fall back to first.
const FILES: [(&str, &str); 4] = [
    ("en", include_str!("../locales/en.ftl")),
    ("de", include_str!("../locales/de.ftl")),
    ("ms", include_str!("../locales/ms.ftl")),
    ("ar", include_str!("../locales/ar.ftl")),
];

/// The messages of one language.
pub(crate) struct Words {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
    fallback: Option<Arc<Words>>,
}

impl Words {
    /// `en`.
    pub(crate) fn tag(&self) -> &'static str {
        self.tag
    }

    /// Which way it is written.
    pub(crate) fn direction(&self) -> &'static str {
        if self.tag == "ar" { "rtl" } else { "ltr" }
    }

    /// What stands between two parts of a sentence.
    pub(crate) fn comma(&self) -> &'static str {
        if self.tag == "ar" { "، " } else { ", " }
    }

    /// A message without variables.
    pub(crate) fn say(&self, name: &str) -> String {
        self.format(name, None).unwrap_or_else(|| name.to_owned())
    }

    /// A message with a number in it.
    pub(crate) fn count(&self, name: &str, variable: &str, count: &usize) -> String {
        self.with(name, &[(variable, FluentValue::from(*count))])
    }

    /// So many bytes, in the unit in which they are few: a whole number of them, and never none.
    pub(crate) fn amount(&self, bytes: u64) -> String {
        let (name, unit) = if bytes < 1_000_000 { ("in-kilobytes", 1_000) } else { ("in-megabytes", 1_000_000) };
        self.count(name, "count", &usize::try_from(bytes.div_ceil(unit)).unwrap_or(usize::MAX))
    }

    /// A message with two numbers in it.
    pub(crate) fn count_both(&self, name: &str, first: &str, count: &usize, second: &str, other: &usize) -> String {
        self.with(name, &[(first, FluentValue::from(*count)), (second, FluentValue::from(*other))])
    }

    /// A message with a text in it.
    pub(crate) fn about(&self, name: &str, variable: &str, text: &str) -> String {
        self.with(name, &[(variable, FluentValue::from(Cow::Borrowed(text)))])
    }

    /// A message with two texts in it.
    pub(crate) fn about_both(&self, name: &str, first: (&str, &str), second: (&str, &str)) -> String {
        let text = |t| FluentValue::from(Cow::Borrowed(t));
        self.with(name, &[(first.0, text(first.1)), (second.0, text(second.1))])
    }

    /// That one has to wait, and how long.
    pub(crate) fn wait(&self, time: Duration) -> String {
        let seconds = usize::try_from(time.as_secs().max(1)).unwrap_or(usize::MAX);
        match seconds {
            ..90 => self.count("wait-a-little", "seconds", &seconds),
            _ => self.count("wait-minutes", "minutes", &seconds.div_ceil(60)),
        }
    }

    /// A message with whatever is in it; what it has not is left out.
    pub(crate) fn with(&self, name: &str, variables: &[(&str, FluentValue<'_>)]) -> String {
        let mut args = FluentArgs::with_capacity(variables.len());
        for (variable, value) in variables {
            args.set(*variable, value.clone());
        }
        self.format(name, Some(&args)).unwrap_or_else(|| name.to_owned())
    }

    fn format(&self, name: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let Some(pattern) = self.bundle.get_message(name).and_then(|message| message.value()) else {
            return self.fallback.as_ref().and_then(|english| english.format(name, args));
        };
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(pattern, args, &mut errors).into_owned())
    }
}

/// All languages.
pub(crate) struct Locales {
    all: Vec<Arc<Words>>,
    ids: Vec<LanguageIdentifier>,
}

impl Locales {
    pub(crate) fn new() -> Self {
        let mut all: Vec<Arc<Words>> = Vec::new();
        for (tag, text) in FILES {
            let fallback = all.first().cloned();
            all.push(Arc::new(Words { tag, bundle: bundle(tag, text), fallback }));
        }
        let ids = FILES.iter().filter_map(|(tag, _)| tag.parse().ok()).collect();
        Self { all, ids }
    }

    /// Every language, for choosing one.
    pub(crate) fn all(&self) -> &[Arc<Words>] {
        &self.all
    }

    /// A language by its tag.
    pub(crate) fn find(&self, tag: &str) -> Option<&Arc<Words>> {
        self.all.iter().find(|words| words.tag == tag)
    }

    /// The language of letters to somebody: the one that they have chosen, if there are messages in it, else the usual one.
    pub(crate) fn of_reader(&self, chosen: Option<&str>, usual: &str) -> &Arc<Words> {
        let find = |tag: &str| self.find(tag).or_else(|| self.find(tag.split('-').next()?));
        chosen.and_then(find).or_else(|| find(usual)).unwrap_or(&self.all[0])
    }

    /// The best language for what a browser asks for (RFC 9110 section 12.5.4).
    pub(crate) fn negotiate(&self, accept: &str) -> &Arc<Words> {
        let wanted = parse_accepted_languages(accept);
        let best = negotiate_languages(&wanted, &self.ids, None, NegotiationStrategy::Lookup);
        best.first().and_then(|id| self.find(id.language.as_str())).unwrap_or(&self.all[0])
    }
}

fn bundle(tag: &str, text: &str) -> FluentBundle<FluentResource> {
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource, // a test sees that there are no errors
    };
    let mut bundle = FluentBundle::new_concurrent(tag.parse().into_iter().collect());
    // Names in another direction of writing must not turn the sentence around them.
    bundle.set_use_isolating(tag == "ar");
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Messages that are the same in another language, each looked at.
    const SAME: [(&str, &str); 13] = [
        ("de", "server"),
        ("de", "port"),
        ("de", "app"),
        ("de", "passkey"),
        ("de", "factor-passkey"),
        ("de", "in-kilobytes"),
        ("de", "in-megabytes"),
        ("ms", "port"),
        ("ms", "connected-data"),
        ("ms", "in-kilobytes"),
        ("ms", "in-megabytes"),
        ("ms", "exact-time"),
        ("ms", "quoted"),
    ];

    fn messages(text: &str) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        let mut name = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if let Some((key, value)) =
                line.split_once(" =").filter(|_| !line.starts_with(' ') && !line.starts_with('}'))
            {
                name = key.to_owned();
                all.insert(name.clone(), value.trim().to_owned());
            } else if let Some(value) = all.get_mut(&name) {
                value.push('\n');
                value.push_str(line);
            }
        }
        all
    }

    fn variables(text: &str) -> BTreeSet<String> {
        text.split('$').skip(1).map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect()).collect()
    }

    #[test]
    fn every_file_can_be_read() {
        for (tag, text) in FILES {
            if let Err((_, errors)) = FluentResource::try_new(text.to_owned()) {
                panic!("{tag}: {errors:?}");
            }
        }
    }

    #[test]
    fn every_language_has_every_message_with_the_same_variables_and_its_own_words() {
        let english = messages(FILES[0].1);
        for (tag, text) in &FILES[1..] {
            let own = messages(text);
            let names = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<BTreeSet<_>>();
            let missing: Vec<_> = names(&english).symmetric_difference(&names(&own)).cloned().collect();
            assert_eq!(missing, Vec::<String>::new(), "{tag} lacks these, or has them alone");
            for (name, value) in &own {
                assert_eq!(variables(value), variables(&english[name]), "{tag}: {name}");
                let reviewed = name == "product" || SAME.contains(&(*tag, name.as_str()));
                assert!(reviewed || *value != english[name], "{tag}: {name} is the English one: {value}");
            }
        }
    }

    #[test]
    fn plurals_are_those_of_the_language() {
        let locales = Locales::new();
        let arabic = locales.find("ar").expect("it is there");
        let said: BTreeSet<String> = [0, 1, 2, 5, 11, 100]
            .iter()
            .map(|n| arabic.count("home-connected", "count", n).chars().filter(|c| !c.is_ascii_digit()).collect())
            .collect();
        assert_eq!(said.len(), 6, "{said:?}");
    }

    #[test]
    fn a_browser_gets_the_language_it_asks_for() {
        let locales = Locales::new();
        for (accept, tag) in
            [("de-AT,de;q=0.9,en;q=0.8", "de"), ("ar", "ar"), ("fr, ms;q=0.4", "ms"), ("fr", "en"), ("", "en")]
        {
            assert_eq!(locales.negotiate(accept).tag(), tag, "{accept}");
        }
    }
}
