//! What ends when everything is revoked: said before, with how much there is, and afterwards.

use valetkey_accounts::AppCounts;
use valetkey_domain::AccountId;
use valetkey_domain::policy::Actor;

use crate::Portal;
use crate::failure::Failure;
use crate::locale::Words;

/// What lets apps in to an account at this moment.
pub(super) async fn there_is(portal: &Portal, actor: &Actor, account: AccountId) -> Result<AppCounts, Failure> {
    Ok(AppCounts {
        app_passwords: portal.accounts.app_passwords(actor, account, false).await?.len(),
        authorised_apps: portal.accounts.grants(actor, account, false).await?.len(),
    })
}

/// Which of three messages asks whether to go on: for app passwords, for both kinds, or for authorised apps.
pub(super) fn question(there_is: AppCounts, [app_passwords, both, authorised_apps]: [&'static str; 3]) -> &'static str {
    match (there_is.app_passwords, there_is.authorised_apps) {
        (_, 0) => app_passwords,
        (0, _) => authorised_apps,
        _ => both,
    }
}

/// What will end, a sentence for each kind that there is; `app_passwords` is the message for theirs, and for nothing at all.
pub(super) fn before(w: &Words, app_passwords: &str, there_is: AppCounts) -> Vec<String> {
    each(w, [app_passwords, "remove-all-text"], there_is)
}

/// What has ended, likewise.
pub(super) fn after(w: &Words, ended: AppCounts) -> String {
    each(w, ["revoked-all", "removed-all"], ended).join(" ")
}

fn each(w: &Words, [app_passwords, authorised_apps]: [&str; 2], counts: AppCounts) -> Vec<String> {
    let (is_first, is_second) = (counts.app_passwords > 0, counts.authorised_apps > 0);
    let first = (is_first || !is_second).then(|| w.count(app_passwords, "count", &counts.app_passwords));
    let second = is_second.then(|| w.count(authorised_apps, "count", &counts.authorised_apps));
    first.into_iter().chain(second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locales;

    fn counts(app_passwords: usize, authorised_apps: usize) -> AppCounts {
        AppCounts { app_passwords, authorised_apps }
    }

    #[test]
    fn each_kind_is_named_where_there_is_one() {
        let locales = Locales::new();
        let english = locales.find("en").expect("English");
        for (there_is, said) in [
            (counts(0, 0), "There was nothing to revoke."),
            (counts(1, 0), "1 app password is revoked."),
            (counts(0, 1), "1 authorised app is removed."),
            (counts(3, 1), "3 app passwords are revoked. 1 authorised app is removed."),
            (counts(1, 2), "1 app password is revoked. 2 authorised apps are removed."),
        ] {
            assert_eq!(after(english, there_is), said);
        }
        let before = |there_is| before(english, "change-before", there_is);
        assert_eq!(before(counts(0, 0)), ["You have no app passwords that would stop working."]);
        assert_eq!(before(counts(0, 2)), ["2 authorised apps will be removed and signed out."]);
        assert_eq!(before(counts(1, 1)).len(), 2);
        let asks = |there_is| question(there_is, ["first", "both", "second"]);
        let asked = [counts(0, 0), counts(1, 0), counts(1, 1), counts(0, 1)].map(asks);
        assert_eq!(asked, ["first", "first", "both", "second"]);
    }

    #[test]
    fn both_are_said_with_the_plurals_of_the_language() {
        let locales = Locales::new();
        for (tag, forms) in [("en", [2, 2]), ("de", [2, 2]), ("ms", [1, 1]), ("ar", [4, 5])] {
            let w = locales.find(tag).expect("it is there");
            for messages in [["revoked-all", "removed-all"], ["revoke-all-text", "remove-all-text"]] {
                for (message, forms) in messages.into_iter().zip(forms) {
                    let said: std::collections::BTreeSet<String> = [1, 2, 5, 11, 100]
                        .iter()
                        .map(|n| w.count(message, "count", n).chars().filter(|c| !c.is_ascii_digit()).collect())
                        .collect();
                    assert_eq!(said.len(), forms, "{tag}: {said:?}");
                }
            }
        }
    }
}
