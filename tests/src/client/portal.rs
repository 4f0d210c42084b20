//! A browser as small as can be: curl with a jar for cookies, which fills in the portal's forms.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::program;
use crate::tryout::Person;

/// Somebody's browser.
pub struct Browser {
    /// Where the portal is, as its certificate and its forms have it.
    origin: String,
    /// Where it is really reached, `host:port`, if elsewhere.
    through: Option<String>,
    ca: PathBuf,
    jar: TempDir,
    /// Where the page is on which its user is, as it says of each request.
    site: &'static str,
    /// What curl is told besides.
    more: Vec<String>,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Where one was in the end.
    pub address: String,
    /// Its HTML.
    pub text: String,
}

impl Page {
    /// What ties a form to the browser.
    ///
    /// # Panics
    /// If there is no form.
    pub fn form(&self) -> &str {
        between(&self.text, "name=\"form\" value=\"", "\"").unwrap_or_else(|| panic!("no form in {self:?}"))
    }

    /// The page's heading.
    pub fn heading(&self) -> &str {
        between(&self.text, "<h1>", "</h1>").unwrap_or_default()
    }
}

impl Browser {
    /// A browser that has been nowhere yet.
    ///
    /// # Panics
    /// If there is no room for its cookies.
    pub fn new(origin: &str, through: Option<String>, ca: PathBuf) -> Self {
        let jar = tempfile::tempdir().expect("a temporary directory");
        Self { origin: origin.to_owned(), through, ca, jar, site: "same-origin", more: Vec::new() }
    }

    /// The same on another machine, one whose address is not `127.0.0.1`.
    #[must_use]
    pub fn coming_from(mut self, address: &str) -> Self {
        self.more.extend(["--interface", address].map(str::to_owned));
        self
    }

    /// The same with a header that no browser sends by itself.
    #[must_use]
    pub fn saying(mut self, header: &str) -> Self {
        self.more.extend(["--header", header].map(str::to_owned));
        self
    }

    /// From now on its user is on a page of somebody else's.
    pub fn lure_away(&mut self) {
        self.site = "cross-site";
    }

    /// The same with another method than is usual, and with nothing to be sent.
    #[must_use]
    pub fn asking(mut self, method: &str) -> Self {
        self.more.extend(["--request", method].map(str::to_owned));
        self
    }

    /// Opens a page and gives the head of the answer, in small letters.
    pub fn head(&self, path: &str) -> String {
        let mut curl = self.curl(path);
        curl.args(["--output", "/dev/null", "--dump-header", "-"]);
        program::run(&mut curl, "").succeeded().to_lowercase()
    }

    /// Opens a page.
    pub fn open(&self, path: &str) -> Page {
        self.ask(path, None, true)
    }

    /// The same, and follows no redirect: the page's address is where it leads.
    pub fn open_and_stay(&self, path: &str) -> Page {
        self.ask(path, None, false)
    }

    /// Sends a form of a page.
    pub fn send(&self, path: &str, page: &Page, fields: &[(&str, &str)]) -> Page {
        self.ask(path, Some(&form(page, fields)), true)
    }

    /// The same, and follows no redirect: the page's address is where it leads.
    pub fn send_and_stay(&self, path: &str, page: &Page, fields: &[(&str, &str)]) -> Page {
        self.ask(path, Some(&form(page, fields)), false)
    }

    /// Types login name and password.
    pub fn show_password(&self, login: &str, password: &str) -> Page {
        let page = self.open("/sign-in");
        self.send("/sign-in", &page, &[("login", login), ("step", "password"), ("password", password)])
    }

    /// Comes to a page that is for whoever is signed in, and does so with both factors.
    ///
    /// # Panics
    /// If nobody is asked to.
    pub fn sign_in_at(&self, path: &str, who: &Person) -> Page {
        let page = self.open(path);
        assert!(page.heading().starts_with("Sign in"), "{page:?}");
        let shown = [("login", &*who.login), ("step", "password"), ("password", &who.primary_password), ("next", path)];
        let page = self.send("/sign-in", &page, &shown);
        self.send("/sign-in/second-factor", &page, &[("code", &who.code(0)), ("next", path)])
    }

    /// The cookies that it has, as it sends them.
    ///
    /// # Panics
    /// If the jar cannot be read.
    pub fn cookie_header(&self) -> String {
        let jar = std::fs::read_to_string(self.jar.path().join("cookies")).expect("curl has written it");
        let lines = jar.lines().filter(|line| line.contains("__Host-"));
        let pairs = lines.filter_map(|line| {
            let mut fields = line.rsplit('\t');
            let (value, name) = (fields.next()?, fields.next()?);
            Some(format!("{name}={value}"))
        });
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The values of the cookies that it has.
    ///
    /// # Panics
    /// If the jar cannot be read.
    pub fn cookies(&self) -> Vec<String> {
        let jar = std::fs::read_to_string(self.jar.path().join("cookies")).expect("curl has written it");
        let lines = jar.lines().filter(|line| line.contains("__Host-"));
        lines.filter_map(|line| line.rsplit('\t').next()).map(str::to_owned).collect()
    }

    fn ask(&self, path: &str, form: Option<&str>, follows: bool) -> Page {
        let mut curl = self.curl(path);
        let last = if follows { "\n%{http_code} %{url_effective}" } else { "\n%{http_code} %{redirect_url}" };
        curl.args(["--write-out", last]).args(follows.then_some("--location"));
        if form.is_some() {
            curl.args(["--data", "@-"]);
        }
        let said = program::run(&mut curl, form.unwrap_or_default()).succeeded();
        let (text, last) = said.rsplit_once('\n').expect("curl writes one more line");
        let (status, address) = last.split_once(' ').expect("two words");
        Page { status: status.parse().expect("a status"), address: address.to_owned(), text: text.to_owned() }
    }

    fn curl(&self, path: &str) -> std::process::Command {
        let jar = self.jar.path().join("cookies");
        let site = format!("Sec-Fetch-Site: {}", self.site);
        let mut curl = program::command("curl");
        curl.args(["--silent", "--show-error", "--max-time", "20"])
            .args(["--header", &site, "--header", "Accept-Language: en"])
            .arg("--cacert")
            .arg(&self.ca)
            .arg("--cookie")
            .arg(&jar)
            .arg("--cookie-jar")
            .arg(&jar)
            .args(&self.more)
            .arg(format!("{}{path}", self.origin));
        if let Some(through) = &self.through {
            curl.args(["--connect-to", &format!("::{through}")]);
        }
        curl
    }
}

fn form(page: &Page, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().map(|(name, value)| format!("&{name}={}", encoded(value)));
    std::iter::once(format!("form={}", page.form())).chain(fields).collect()
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(found, _)| found)
}

/// As a form is sent.
pub fn encoded(value: &str) -> String {
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
