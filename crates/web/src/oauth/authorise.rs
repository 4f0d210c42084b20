//! What an app asks people for (RFC 6749 section 4.1.1): judged before anybody is asked.
//!
//! The app and where it is sent back to come first: as long as they are not certain nobody is sent anywhere.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use valetkey_accounts::{Authorisation, Client};
use valetkey_domain::Label;
use valetkey_domain::oauth::{ClientId, ClientKind, CodeChallenge, RedirectKind, RedirectUri, Requested};

use super::AUTHORISE;
use super::unanswered::Unanswered;
use crate::Portal;
use crate::failure::Failure;
use crate::form::Fields;

/// The longest question: it must pass through the address of the page on which one signs in.
const QUERY_BYTES_MAX: usize = 3000;

/// What an app asks.
pub(super) struct Asking {
    pub(super) what: Authorisation,
    pub(super) prompt: Prompt,
    /// How the app is answered.
    pub(super) back: Back,
    /// The address of this question, for coming back to it; it asks for no particular page.
    pub(super) path: String,
}

/// What the app wants its user to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt {
    /// Nothing at all.
    pub(super) none: bool,
    /// The second factor, however fresh it is.
    pub(super) login: bool,
    /// The second factor, unless it was shown within this time.
    pub(super) max_age: Option<Duration>,
    /// The question whether it may, also where nobody is asked.
    pub(super) consent: bool,
}

/// The way back to the app.
pub(super) struct Back {
    redirect: RedirectUri,
    state: Option<String>,
    issuer: String,
    /// The app's name, where nobody is sent to it without having seen a page first.
    doubtful: Option<Label>,
}

/// Why nobody is asked.
pub(super) enum Amiss {
    /// Who asks is not certain: that is a page, and no way back.
    Here(Failure),
    /// The app is told, at this address.
    Back(String),
    /// The app wants somebody sent to a website of which nobody here has heard before: they say themselves whether they go.
    Doubtful(Doubtful),
}

/// A website that has registered itself, and an answer for it. Whoever registers one could otherwise have this server lead its
/// people there, by a question that cannot be answered (RFC 9700 section 4.11.2).
pub(super) struct Doubtful {
    /// What it calls itself.
    pub(super) name: Label,
    /// Where it is.
    pub(super) host: String,
    /// Why it cannot be answered otherwise, for whoever makes it.
    pub(super) why: Cow<'static, str>,
    /// Its answer.
    pub(super) to: String,
}

impl Back {
    /// The address with a code, which says who has given it (RFC 9207).
    pub(super) fn with_code(&self, code: &str) -> String {
        self.with(&[("code", code)])
    }

    /// The same with an error, and what it is for whoever made the app (RFC 6749 section 4.1.2.1).
    pub(super) fn refused(&self, why: Unanswered) -> String {
        self.with(&[("error", why.error()), ("error_description", &why.description())])
    }

    fn with(&self, answer: &[(&str, &str)]) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let parameters: Vec<_> = answer.iter().copied().chain(state).chain([("iss", &*self.issuer)]).collect();
        self.redirect.with(&parameters)
    }

    /// An error for the app before its user has seen a page.
    pub(super) fn unseen(&self, why: Unanswered) -> Amiss {
        let to = self.refused(why);
        match &self.doubtful {
            None => Amiss::Back(to),
            Some(name) => {
                let host = self.redirect.shown().to_owned();
                Amiss::Doubtful(Doubtful { name: name.clone(), host, why: why.description(), to })
            }
        }
    }
}

/// Reads what an app asks.
pub(super) async fn read(portal: &Arc<Portal>, query: &str) -> Result<Asking, Amiss> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(Amiss::Here(Failure::Unreadable(StatusCode::URI_TOO_LONG)));
    }
    let fields = Fields::of_query(form_urlencoded::parse(query.as_bytes()).into_owned().collect());
    let (client, redirect) = certain(portal, &fields).await.map_err(Amiss::Here)?;
    let state = Some(fields.text("state")).filter(|state| !state.is_empty()).map(str::to_owned);
    let is_doubtful = client.kind == ClientKind::Registered && redirect.kind() == RedirectKind::Claimed;
    let doubtful = is_doubtful.then(|| client.name.clone());
    let back = Back { redirect: redirect.clone(), state, issuer: portal.settings.origin.clone(), doubtful };
    match wanted(&fields, client, redirect) {
        Ok((what, prompt)) => Ok(Asking { what, prompt, back, path: path(query) }),
        Err(why) => Err(back.unseen(why)),
    }
}

/// The app, and an address that it has registered.
async fn certain(portal: &Arc<Portal>, fields: &Fields) -> Result<(Client, RedirectUri), Failure> {
    let one = |name: &str, why| {
        let mut all = fields.all(name);
        all.next().filter(|_| all.next().is_none()).ok_or(Failure::NoApp(why))
    };
    let id = one("client_id", "client_id is missing, or there more than once.")?;
    let id: ClientId = id.parse().map_err(|_| Failure::NoApp("client_id is none that is known here."))?;
    let redirect = one("redirect_uri", "redirect_uri is missing, or there more than once.")?;
    let redirect = RedirectUri::parse(redirect)
        .map_err(|_| Failure::NoApp("redirect_uri is no address that a client could have registered."))?;
    let unknown = |why| {
        tracing::info!(
            client = id.as_str(),
            redirect = redirect.shown(),
            why,
            "an app that cannot be let in asked to be"
        );
        Failure::NoApp(why)
    };
    let Some(client) = portal.accounts.oauth_client(&id).await? else {
        return Err(unknown("client_id is none that is known here."));
    };
    let registration = portal.settings.oauth.as_ref().is_some_and(|oauth| oauth.registration);
    if client.kind == ClientKind::Registered && !registration {
        return Err(unknown("registration is switched off: the server's operator has to name this client."));
    }
    if client.admits(&redirect) {
        Ok((client, redirect))
    } else {
        Err(unknown("redirect_uri is none that this client has registered."))
    }
}

/// What it wants, or why it is not asked for.
fn wanted(fields: &Fields, client: Client, redirect: RedirectUri) -> Result<(Authorisation, Prompt), Unanswered> {
    let text = |name: &str| fields.text(name);
    if fields.has_twins() {
        return Err(Unanswered::Twins);
    }
    if !matches!(text("response_mode"), "" | "query") {
        return Err(Unanswered::ResponseMode);
    }
    for (name, why) in [("request", Unanswered::Request), ("request_uri", Unanswered::RequestUri)] {
        if !text(name).is_empty() {
            return Err(why);
        }
    }
    match text("response_type") {
        "code" => {}
        "" => return Err(Unanswered::NoResponseType),
        _ => return Err(Unanswered::ResponseType),
    }
    // Whoever names no method means `plain`, which proves nothing.
    if text("code_challenge_method") != "S256" {
        return Err(Unanswered::ChallengeMethod);
    }
    let challenge = CodeChallenge::parse(text("code_challenge")).ok_or(Unanswered::Challenge)?;
    let given = Requested::parse(text("scope")).ok_or(Unanswered::Scope)?;
    let prompt = Prompt::read(text("prompt"), text("max_age"))?;
    let nonce = Some(text("nonce")).filter(|nonce| given.openid && !nonce.is_empty()).map(str::to_owned);
    Ok((Authorisation { client, given, redirect, challenge, nonce }, prompt))
}

impl Prompt {
    /// Reads words between spaces, and seconds.
    fn read(text: &str, max_age: &str) -> Result<Self, Unanswered> {
        let has = |name: &str| text.split(' ').any(|word| word == name);
        let max_age = match max_age {
            "" => None,
            seconds => Some(Duration::from_secs(seconds.parse::<u32>().map_err(|_| Unanswered::MaxAge)?.into())),
        };
        let prompt = Self { none: has("none"), login: has("login"), consent: has("consent"), max_age };
        if prompt.none && text != "none" { Err(Unanswered::Prompt) } else { Ok(prompt) }
    }
}

/// The address of the same question without its wishes for a page, which were granted when one comes back.
fn path(query: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "prompt" && name != "max_age");
    let mut path = format!("{AUTHORISE}?");
    form_urlencoded::Serializer::for_suffix(&mut path, AUTHORISE.len() + 1).extend_pairs(kept);
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::next_page;

    const GOOD: &str = "response_type=code&scope=urn:ietf:params:oauth:scope:mail+offline_access&code_challenge_method=S256&\
                        code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn judged(query: &str) -> Result<(Authorisation, Prompt), Unanswered> {
        let redirect = RedirectUri::parse("https://app.example/done").expect("an address");
        let client = Client {
            id: "mailer".parse().expect("an id"),
            name: "Mailer".parse().expect("a name"),
            kind: ClientKind::Configured,
            redirects: vec![redirect.clone()],
            secret: None,
            device: false,
        };
        wanted(&Fields::of_query(form_urlencoded::parse(query.as_bytes()).into_owned().collect()), client, redirect)
    }

    #[test]
    fn what_is_not_right_is_told_in_the_words_of_the_rfc() {
        assert!(judged(GOOD).is_ok());
        for (query, why) in [
            (GOOD.replace("response_type=code", "response_type=token"), Unanswered::ResponseType),
            (GOOD.replace("response_type=code&", ""), Unanswered::NoResponseType),
            (GOOD.replace("S256", "plain"), Unanswered::ChallengeMethod),
            (GOOD.replace("&code_challenge_method=S256", ""), Unanswered::ChallengeMethod),
            (GOOD.replace("code_challenge=E9", "code_challenge="), Unanswered::Challenge),
            (GOOD.split("&code_challenge=").next().expect("a beginning").to_owned(), Unanswered::Challenge),
            (GOOD.replace("urn:ietf:params:oauth:scope:mail", "profile"), Unanswered::Scope),
            (format!("{GOOD}&max_age=-1"), Unanswered::MaxAge),
            (format!("{GOOD}&max_age=soon"), Unanswered::MaxAge),
            (format!("{GOOD}&scope=x"), Unanswered::Twins),
            (format!("{GOOD}&response_mode=fragment"), Unanswered::ResponseMode),
            (format!("{GOOD}&prompt=none+login"), Unanswered::Prompt),
            (format!("{GOOD}&request=x"), Unanswered::Request),
            (format!("{GOOD}&request_uri=x"), Unanswered::RequestUri),
        ] {
            assert_eq!(judged(&query).map(drop), Err(why), "{query}");
        }
        let prompt = judged(&format!("{GOOD}&prompt=login+consent&max_age=60")).map(|(_, prompt)| prompt);
        let minute = Some(Duration::from_mins(1));
        assert_eq!(prompt, Ok(Prompt { none: false, login: true, consent: true, max_age: minute }));
    }

    #[test]
    fn a_nonce_is_for_who_asks_who_somebody_is() {
        let nonce = |query: &str| judged(query).expect("it is right").0.nonce;
        assert_eq!(nonce(&format!("{GOOD}&nonce=n-1")), None);
        let openid = GOOD.replace("urn:ietf:params:oauth:scope:mail", "openid");
        assert_eq!(nonce(&format!("{openid}&nonce=n-1")).as_deref(), Some("n-1"));
        assert_eq!(nonce(&openid), None);
    }

    #[test]
    fn one_comes_back_to_the_same_question_and_is_not_asked_for_ever() {
        let back = path("client_id=a&state=x%2Fsign-out&prompt=login&max_age=0&redirect_uri=https://a.example/%C3%A9");
        assert_eq!(
            back,
            "/oauth/authorize?client_id=a&state=x%2Fsign-out&redirect_uri=https%3A%2F%2Fa.example%2F%C3%A9"
        );
        assert_eq!(next_page(&back), back);
        let long = path(&format!("state={}", "%2F".repeat(990)));
        assert_eq!(next_page(&long), long);
    }

    #[test]
    fn an_answer_says_who_gives_it() {
        let redirect = RedirectUri::parse("org.example.app:/done?x=1").expect("an address");
        let back =
            Back { redirect, state: Some("a b".into()), issuer: "https://accounts.example.org".into(), doubtful: None };
        let (before, after) = ("org.example.app:/done?x=1&", "&state=a+b&iss=https%3A%2F%2Faccounts.example.org");
        let denied = "error=access_denied&error_description=The+user+has+said+no.";
        assert_eq!(back.refused(Unanswered::Denied), format!("{before}{denied}{after}"));
        assert_eq!(back.with_code("c-1"), format!("{before}code=c-1{after}"));
    }
}
