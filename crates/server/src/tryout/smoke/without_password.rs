//! Apps that get in without anybody typing an app password: a television, and one of calendars.

use serde_json::Value;

use super::browser::Browser;
use super::client::Imap;
use super::{Outcome, Ran, Smoke, subject, text};
use crate::tryout::TELEVISION;

/// What the television asks for, and what it says that it has.
const SCOPE: &str = "scope=urn:ietf:params:oauth:scope:mail";
const GRANT: &str = "grant_type=urn:ietf:params:oauth:grant-type:device_code";

/// A television is let in, reads mail, and is removed while it waits for more.
pub(super) fn television(smoke: &mut Smoke<'_>, browser: Option<&Browser<'_>>) {
    let mut token = None;
    smoke.step("let a television in with the code that it shows", |s| {
        token = Some(let_in(s, signed_in(browser)?)?);
        Ok("no password".into())
    });
    let token = token.unwrap_or_default();
    smoke.step("read a message over IMAPS with its token", |s| subject(reads(s, &token)?, "Welcome to Valetkey"));
    smoke.step("remove it on the portal while it is connected", |s| is_cut(s, signed_in(browser)?, &token));
    smoke.step("removed, its token opens nothing", |s| match reads(s, &token)? {
        // curl's "login denied".
        (_, _, 67) => Ok("login denied".into()),
        other => Err(shown(other)),
    });
}

/// An app gets an app password of its own by a page, and opens calendars with it.
pub(super) fn login_flow(smoke: &mut Smoke<'_>, browser: Option<&Browser<'_>>) {
    let mut got = None;
    smoke.step("let an app have an app password without typing, as DAVx5 does", |s| {
        let begin = s.tryout.endpoint("login_flow").unwrap_or_default();
        let begun = said(&s.curl(&["-A", "DAVx5/4.5", "-X", "POST", begin])?)?;
        let page = text(&begun["login"]);
        let path = page.strip_prefix(&s.tryout.portal).ok_or("it is led to another server")?;
        signed_in(browser)?.allow(path, &[("label", "DAVx5"), ("scope", "calendars"), ("scope", "contacts")])?;
        let token = format!("token={}", text(&begun["poll"]["token"]));
        let poll = s.curl(&["-d", &token, &format!("{begin}/poll")])?;
        got = Some(said(&poll)?);
        match said(&s.curl(&["-d", &token, &format!("{begin}/poll")])?)? {
            Value::Array(nothing) if nothing.is_empty() => Ok("once".into()),
            again => Err(format!("the second time it got {again}")),
        }
    });
    let got = got.unwrap_or_default();
    smoke.step("it finds its calendars where a Nextcloud has them", |s| {
        let (user, url) = (format!("{}:{}", text(&got["loginName"]), text(&got["appPassword"])), text(&got["server"]));
        let url = format!("{url}/remote.php/dav/");
        let asked = ["-o", "/dev/null", "-w", "%{http_code}", "-L", "-X", "PROPFIND", "-H", "Depth: 0", "-u", &user];
        match s.curl(&[&asked[..], &[&url]].concat())? {
            (status, _, 0) if status == "207" => Ok(status),
            other => Err(shown(other)),
        }
    });
}

fn signed_in<'b, 't>(browser: Option<&'b Browser<'t>>) -> Result<&'b Browser<'t>, String> {
    browser.ok_or_else(|| "nobody is signed in".to_owned())
}

/// Asks as the television, answers as its user, and gives its token.
fn let_in(smoke: &Smoke<'_>, browser: &Browser<'_>) -> Result<String, String> {
    let client = format!("client_id={TELEVISION}");
    let ask = smoke.tryout.endpoint("device_authorization").unwrap_or_default();
    let asked = said(&smoke.curl(&["-d", &client, "-d", SCOPE, ask])?)?;
    let code = text(&asked["user_code"]);
    browser.allow("/device", &[("user_code", &code)])?;
    let device_code = format!("device_code={}", text(&asked["device_code"]));
    let redeem = smoke.tryout.endpoint("oauth_token").unwrap_or_default();
    let tokens = said(&smoke.curl(&["-d", &client, "-d", GRANT, "-d", &device_code, redeem])?)?;
    tokens["access_token"].as_str().map(str::to_owned).ok_or_else(|| tokens.to_string())
}

fn reads(smoke: &Smoke<'_>, token: &str) -> Result<Ran, String> {
    let (user, url) = (format!("{}:", smoke.login()), format!("imaps://localhost:{}/INBOX;UID=1", smoke.port("imaps")));
    smoke.curl(&["-u", &user, "--oauth2-bearer", token, &url])
}

fn is_cut(smoke: &Smoke<'_>, browser: &Browser<'_>, token: &str) -> Outcome {
    let mut imap = Imap::connect(smoke.tryout)?;
    imap.sign_in_by_token(&smoke.login(), token)?;
    imap.idle()?;
    let news = browser.remove_app()?;
    let farewell = imap.until_closed()?;
    if news.contains("1 connection closed") {
        Ok(format!("the app was told \"{farewell}\""))
    } else {
        Err(format!("the portal says: {news}"))
    }
}

fn said((said, complained, code): &Ran) -> Result<Value, String> {
    serde_json::from_str(said).map_err(|_| format!("exit {code}: {complained}{said}"))
}

fn shown((said, complained, code): Ran) -> String {
    format!("exit {code}: {complained}{said}")
}
