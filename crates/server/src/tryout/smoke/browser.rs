//! A browser as small as can be: curl with a jar for cookies, which fills in the portal's forms.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use valetkey_domain::{Clock as _, TotpSeed};

use super::text_of;
use crate::clock::SystemClock;
use crate::tryout::Tryout;

pub(super) struct Browser<'a> {
    tryout: &'a Tryout,
    /// Only its owner may look inside: a cookie is a key.
    jar: TempDir,
}

/// A page, and where it was in the end.
struct Page {
    text: String,
    address: String,
}

impl<'a> Browser<'a> {
    pub(super) fn new(tryout: &'a Tryout) -> Result<Self, String> {
        Ok(Self { tryout, jar: TempDir::new().map_err(|e| e.to_string())? })
    }

    /// Signs in as the first sample account, with both factors.
    pub(super) fn sign_in(&self) -> Result<String, String> {
        let ada = &self.tryout.people[0];
        let page = self.ask("/sign-in", None)?;
        let page = self.fill_in("/sign-in", &page, &[("login", &ada.login)])?;
        let password = [("login", ada.login.as_str()), ("step", "password"), ("password", &ada.primary_password)];
        let page = self.fill_in("/sign-in", &page, &password)?;
        let seed = TotpSeed::from_base32(&ada.totp_secret).ok_or("the sample account's TOTP secret is none")?;
        let code = seed.code_at(SystemClock.now()).reveal();
        let page = self.fill_in("/sign-in/second-factor", &page, &[("code", &code)])?;
        text_of(&page.text, "<h1>", "</h1>").ok_or_else(|| "the portal did not let it in".to_owned())
    }

    /// Makes an app password; gives its secret and its id.
    pub(super) fn make_app_password(&self, label: &str) -> Result<(String, String), String> {
        let page = self.ask("/app-passwords/new", None)?;
        let fields = [("label", label), ("scope", "mail"), ("scope", "contacts"), ("scope", "calendars")];
        let page = self.fill_in("/app-passwords/new", &page, &fields)?;
        let shown = text_of(&page.text, "<code class=\"secret\"", "</code>").ok_or("the page shows no app password")?;
        let secret = shown.split_once('>').map(|(_, rest)| rest.replace("<i>", "").replace("</i>", ""));
        let id = page.address.rsplit('/').next().unwrap_or_default().to_owned();
        Ok((secret.unwrap_or_default(), id))
    }

    /// Says yes on a page that asks whether an app is let in, with what else its form asks for.
    pub(super) fn allow(&self, path: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let page = self.ask(path, None)?;
        let fields = [fields, &[("decision", "allow")]].concat();
        let page = self.fill_in(path, &page, &fields)?;
        let title = text_of(&page.text, "<h1>", "</h1>").unwrap_or_default();
        // The page after it has no form for an answer any more.
        if page.text.contains("name=\"decision\"") { Err(format!("the page says: {title}")) } else { Ok(()) }
    }

    /// Removes the first of the authorised apps; gives what the portal says of it.
    pub(super) fn remove_app(&self) -> Result<String, String> {
        let list = self.ask("/authorised-apps", None)?;
        let id = text_of(&list.text, "href=\"/authorised-apps/", "/remove\"").ok_or("no app is listed")?;
        let path = format!("/authorised-apps/{id}/remove");
        let page = self.fill_in(&path, &self.ask(&path, None)?, &[])?;
        text_of(&page.text, "role=\"status\"", "</div>").ok_or_else(|| "the portal says nothing of it".to_owned())
    }

    fn fill_in(&self, path: &str, page: &Page, fields: &[(&str, &str)]) -> Result<Page, String> {
        let own = text_of(&page.text, "name=\"form\" value=\"", "\"").ok_or_else(|| format!("{path} has no form"))?;
        let mut body = format!("form={own}");
        for (name, value) in fields {
            body += &format!("&{name}={}", encoded(value));
        }
        self.ask(path, Some(&body))
    }

    fn ask(&self, path: &str, form: Option<&str>) -> Result<Page, String> {
        let jar = self.jar.path().join("cookies");
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--fail", "--location", "--max-time", "20", "--write-out", "\n%{url_effective}"])
            .args(["-H", "Sec-Fetch-Site: same-origin", "-H", "Accept-Language: en"])
            .arg("--cacert")
            .arg(self.tryout.directory.path("ca.pem"))
            .arg("--cookie")
            .arg(&jar)
            .arg("--cookie-jar")
            .arg(&jar)
            .arg(format!("{}{path}", self.tryout.portal));
        if form.is_some() {
            // What is in a form is no argument: others on this machine can read those.
            curl.args(["--data", "@-"]);
        }
        let mut child = curl
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("curl does not start: {e}"))?;
        let written =
            child.stdin.take().map_or(Ok(()), |mut input| input.write_all(form.unwrap_or_default().as_bytes()));
        let output = child.wait_with_output().map_err(|e| e.to_string())?;
        written.map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (text, address) = said.rsplit_once('\n').ok_or("curl says nothing")?;
        Ok(Page { text: text.to_owned(), address: address.to_owned() })
    }
}

/// As a form is sent.
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            text += &format!("%{byte:02X}");
        }
    }
    text
}
