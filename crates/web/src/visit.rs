//! One request of a browser: who is there, in which language, from where.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderName, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::AppendHeaders;
use valetkey_accounts::{Browser, Session, SignedIn, Stop};
use valetkey_domain::policy::STEP_UP_FOR_A_FORM;
use valetkey_domain::{Locale, Token};

use crate::Portal;
use crate::failure::Failure;
use crate::locale::Words;

/// The cookie of a signed-in browser.
pub(crate) const SESSION: &str = "__Host-valetkey";
/// The cookie of one that has shown the password and not yet the second factor.
pub(crate) const BEGUN: &str = "__Host-valetkey-begun";
/// The cookie that ties forms to the browser.
pub(crate) const FORM: &str = "__Host-valetkey-form";
/// The cookie by which a browser is known when somebody signs in there again.
pub(crate) const BROWSER: &str = "__Host-valetkey-browser";
/// How long it is kept: the longest that browsers do, 400 days, in seconds.
const BROWSER_AGE_S: u32 = 400 * 86_400;
/// The cookie of a chosen language. Not a secret.
pub(crate) const LANGUAGE: &str = "__Host-valetkey-language";

/// The other end of the connection.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// Whether it is a proxy on this machine, which says for whom it asks.
    pub(crate) is_proxy: bool,
}

/// A request.
pub(crate) struct Visit {
    pub(crate) words: Arc<Words>,
    /// The path and the query, for coming back.
    pub(crate) path: String,
    pub(crate) browser: Browser,
    session: Option<(Session, Token)>,
    pub(crate) begun: Option<Token>,
    /// Ties forms to this browser.
    pub(crate) form: Option<Token>,
    /// What goes on for long ends when the server stops.
    stop: Option<Stop>,
}

impl Visit {
    /// Whoever is signed in; who is not is sent to do so.
    pub(crate) fn signed_in(&self) -> Result<&Session, Failure> {
        self.session.as_ref().map(|(session, _)| session).ok_or_else(|| Failure::SignIn(self.path.clone()))
    }

    /// Whoever is signed in, if anybody is.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_ref().map(|(session, _)| session)
    }

    /// The same for a page that a link leads to: whose session this browser may have plays no part in it. Its forms are tied
    /// to the browser alone.
    pub(crate) fn into_nobody(self) -> Self {
        Self { session: None, begun: None, ..self }
    }

    /// The session's token.
    pub(crate) fn token(&self) -> Result<&Token, Failure> {
        self.session.as_ref().map(|(_, token)| token).ok_or_else(|| Failure::SignIn(self.path.clone()))
    }

    /// Waits for a while; `false` if the server is to stop.
    pub(crate) async fn pause(&mut self, time: Duration) -> bool {
        if let Some(stop) = &mut self.stop {
            return stop.pause(time).await;
        }
        tokio::time::sleep(time).await;
        true
    }

    /// What forms must bring back: made from the token that only this browser has.
    pub(crate) fn form_token(&self) -> String {
        // Not from the session's, which stepping up in another tab replaces.
        let of_session = self.session.as_ref().map(|(_, token)| token);
        self.form.as_ref().or(of_session).or(self.begun.as_ref()).map(form_token).unwrap_or_default()
    }
}

impl Portal {
    /// The cookie that ties the forms of a page to a browser in which nobody is signed in.
    pub(crate) fn form_cookie(&self, visit: &mut Visit) -> HeaderValue {
        let token = visit.form.take().unwrap_or_else(|| self.accounts.new_token());
        let cookie = set_cookie(FORM, token.reveal().expose());
        visit.form = Some(token);
        cookie
    }
}

/// What a form must bring back to be taken for this browser's own.
pub(crate) fn form_token(token: &Token) -> String {
    token.derived("valetkey form").expose().clone()
}

impl FromRequestParts<Arc<Portal>> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Failure> {
        let token = cookie(&parts.headers, SESSION).and_then(Token::presented);
        let session = match token {
            Some(token) => portal.accounts.session(&token).await?.map(|session| (session, token)),
            None => None,
        };
        let network = network(parts);
        let agent = agent(parts);
        let known = cookie(&parts.headers, BROWSER).and_then(Token::presented);
        let chosen = session.as_ref().and_then(|(session, _): &(Session, Token)| session.locale.as_ref());
        Ok(Self {
            words: language(portal, &parts.headers, chosen),
            path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned()),
            browser: Browser::new(agent.map(browser_name).as_deref(), network, known),
            session,
            begun: cookie(&parts.headers, BEGUN).and_then(Token::presented),
            form: cookie(&parts.headers, FORM).and_then(Token::presented),
            stop: parts.extensions.get::<Stop>().cloned(),
        })
    }
}

/// The reader's language: as chosen in this browser, else for the account, else as the browser asks.
pub(crate) fn language(portal: &Portal, headers: &HeaderMap, account: Option<&Locale>) -> Arc<Words> {
    let chosen = cookie(headers, LANGUAGE).and_then(|tag| portal.locales.find(tag));
    let chosen = chosen.or_else(|| account.and_then(|locale| portal.locales.find(locale.as_str())));
    let accept = || headers.get(ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    Arc::clone(chosen.unwrap_or_else(|| portal.locales.negotiate(accept())))
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// What asks calls itself.
pub(crate) fn agent(parts: &Parts) -> Option<&str> {
    parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok())
}

/// Whether a second factor was shown so lately that a page can be read, or a form filled in, before that is over.
pub(crate) fn has_stepped_up(portal: &Portal, session: &Session) -> bool {
    session.second_factor_at.is_some_and(|at| portal.accounts.now().since(at) <= STEP_UP_FOR_A_FORM)
}

/// The other end's own address, as far as it is known.
pub(crate) fn network(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>()?;
    if peer.is_proxy { forwarded(&parts.headers) } else { Some(peer.address) }
}

/// The nearest address that the proxy on this machine has seen.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}

/// A browser by the name that people know: the rest of `User-Agent` says little.
fn browser_name(agent: &str) -> String {
    let known =
        |marks: &[(&str, &'static str)]| marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = known(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = known(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ => agent.split_whitespace().next().unwrap_or_default().to_owned(),
    }
}

/// A cookie for this host alone, over TLS alone, that scripts do not see.
pub(crate) fn set_cookie(name: &str, value: &str) -> HeaderValue {
    let mut header = HeaderValue::try_from(format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax"))
        .expect("names and tokens are printable");
    header.set_sensitive(true);
    header
}

/// The cookies of a browser that is now signed in; what it carried on the way there goes.
pub(crate) fn signed_in_cookies(signed_in: &SignedIn) -> AppendHeaders<[(HeaderName, HeaderValue); 4]> {
    let mut browser = HeaderValue::try_from(format!(
        "{BROWSER}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={BROWSER_AGE_S}",
        signed_in.browser.reveal().expose()
    ))
    .expect("names and tokens are printable");
    browser.set_sensitive(true);
    AppendHeaders([
        (SET_COOKIE, set_cookie(SESSION, signed_in.session.reveal().expose())),
        (SET_COOKIE, browser),
        (SET_COOKIE, clear_cookie(BEGUN)),
        // What was there before the sign-in is worth nothing after it.
        (SET_COOKIE, set_cookie(FORM, signed_in.session.derived("valetkey form cookie").expose())),
    ])
}

/// Takes a cookie back.
pub(crate) fn clear_cookie(name: &str) -> HeaderValue {
    HeaderValue::try_from(format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")).expect("printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1",
                "Safari, iPhone",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
        ] {
            assert_eq!(browser_name(agent), name);
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; __Host-valetkey=token; b=2"));
        assert_eq!(cookie(&headers, SESSION), Some("token"));
        assert_eq!(cookie(&headers, BEGUN), None);
    }
}
