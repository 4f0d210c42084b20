//! What can be tried by hand.

use std::path::Path;

use super::{LDAP_BASE, LDAP_READER, LDAP_SECRET, NGINX_KEY, Person, SIEVE_SCRIPT, TELEVISION, Tryout};

/// As a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+@".contains(&b));
    if is_plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Who there is, and where the portal and the letters are.
fn opening(tryout: &Tryout, ca: &str) -> String {
    let ada = &tryout.people[0];
    let mut text = String::from("\nValetkey runs, with throw-away data. Stop it with Ctrl-C.\n\n");
    for person in &tryout.people {
        text += &format!(
            "  {}\n      primary password  {}\n      TOTP secret       {}\n      app password      {}\n",
            person.login, person.primary_password, person.totp_secret, person.app_password
        );
    }
    text += &format!(
        "\nThe portal, for a browser that trusts {ca} (or believes you that it may):\n\n  {}/app-passwords/new\n\n\
         It asks for six digits from an authenticator app that has the TOTP secret, or from (package oathtool)\n\n  \
         oathtool --totp --base32 {}\n",
        tryout.portal, ada.totp_secret
    );
    text +=
        &format!("\nLetters to them, links included, are laid into {}\n", quoted(&tryout.directory.path("letters")));
    text
}

/// The steps so far.
struct Steps {
    text: String,
    count: u32,
}

impl Steps {
    /// What the next ones are about.
    fn part(&mut self, title: &str) {
        self.text += &format!("\n-- {title} --\n");
    }

    fn add(&mut self, what: &str, command: &str) {
        self.count += 1;
        self.text += &format!("\n{}. {what}\n\n   {}\n", self.count, command.replace('\n', "\n   "));
    }
}

/// What stands in the commands.
struct Words<'t> {
    tryout: &'t Tryout,
    ca: String,
    /// This program with its configuration.
    valetkey: String,
}

impl Words<'_> {
    fn ada(&self) -> &Person {
        &self.tryout.people[0]
    }

    fn file(&self, name: &str) -> String {
        quoted(&self.tryout.directory.path(name))
    }

    fn port(&self, endpoint: &str) -> Option<&str> {
        self.tryout.endpoint(endpoint)?.rsplit(':').next()
    }

    /// The command that reads a message as somebody.
    fn read(&self, who: &str) -> String {
        let port = self.port("imaps").unwrap_or_default();
        format!("curl --cacert {} {who} 'imaps://localhost:{port}/INBOX;UID=1'", self.ca)
    }

    /// The URL of what HTTP is asked for.
    fn url(&self, endpoint: &str) -> &str {
        self.tryout.endpoint(endpoint).unwrap_or_default()
    }
}

pub(super) fn text(tryout: &Tryout) -> String {
    let ca = quoted(&tryout.directory.path("ca.pem"));
    let config = quoted(&tryout.directory.path("valetkey.toml"));
    let program = std::env::current_exe().map_or_else(|_| "valetkey".to_owned(), |path| quoted(&path));
    let words = Words { tryout, valetkey: format!("{program} --config {config}"), ca };
    let mut steps = Steps { text: opening(tryout, &words.ca), count: 0 };
    steps.text += "\nA short tour, for another terminal:\n";
    mail(&words, &mut steps);
    calendars(&words, &mut steps);
    devices(&words, &mut steps);
    login_flow(&words, &mut steps);
    asking(&words, &mut steps);
    revoking(&words, &mut steps);
    steps.text += &format!("\nAll of it, for programs: {}\n", tryout.directory.path("try.json").display());
    steps.text
}

/// Mail apps.
fn mail(words: &Words<'_>, steps: &mut Steps) {
    let (ada, ca) = (words.ada(), &words.ca);
    let (login, secret) = (&ada.login, &ada.app_password);
    if words.tryout.endpoint("imaps").is_some() {
        steps.part("Mail, through Valetkey's gateway");
        let read = |more: &str, secret: &str| words.read(&format!("{more}-u {login}:{secret}"));
        steps.add("Read a message with the app password:", &read("", secret));
        steps.add(
            "The primary password opens nothing here (the log of curl shows what an app is told):",
            &read("-v ", &ada.primary_password),
        );
    }
    if let Some(port) = words.port("pop3s") {
        steps.add(
            "Read it by POP3, with the same app password:",
            &format!("curl --cacert {ca} -u {login}:{secret} 'pop3s://localhost:{port}/1'"),
        );
    }
    if let Some(port) = words.port("submissions") {
        let send = |sender: &str| {
            format!(
                "printf 'Subject: Hello\\r\\n\\r\\nIt works.\\r\\n' | curl --cacert {ca} -u {login}:{secret} --mail-from {sender} \
                 --mail-rcpt {login} -T - 'smtps://localhost:{port}'"
            )
        };
        steps.add("Send a message to yourself:", &send(login));
        steps.add("As somebody else nobody sends (553):", &send(&words.tryout.people[1].login));
    }
    if let Some(port) = words.port("managesieve") {
        steps.add(
            "Put a script there that sorts mail, by ManageSieve (package sieve-connect, which is silent if all is well):",
            &format!(
                "echo {secret} | sieve-connect --server localhost --port {port} --tlscafile {ca} --user {login} --passwordfd 0 \
                 --localsieve {} --remotesieve tour --upload",
                words.file(SIEVE_SCRIPT)
            ),
        );
    }
}

/// Apps of calendars and contacts.
fn calendars(words: &Words<'_>, steps: &mut Steps) {
    let (Some(nginx), Some(gateway)) = (words.tryout.endpoint("dav"), words.tryout.endpoint("dav_gateway")) else {
        return;
    };
    let (Person { login, app_password: secret, .. }, ca) = (words.ada(), &words.ca);
    let open = |dav: &str| format!("curl --cacert {ca} -u {login}:{secret} -X PROPFIND -H 'Depth: 0' {dav}{login}/");
    steps.part("Calendars and contacts");
    steps.add("Open the calendar server through Valetkey's gateway, with the same app password:", &open(gateway));
    steps.add("And through an nginx that asks Valetkey about each request:", &open(nginx));
}

/// An app without a password, on a device without a browser.
fn devices(words: &Words<'_>, steps: &mut Steps) {
    if words.tryout.endpoint("imaps").is_none() {
        return;
    }
    let (login, ca, portal) = (&words.ada().login, &words.ca, &words.tryout.portal);
    let read = words.read(&format!("-u {login}: --oauth2-bearer \"$token\""));
    steps.part("An app without a password: a television");
    steps.add(
        &format!("It asks to be let in. Open the address that this prints, sign in as {login}, and allow it:"),
        &format!(
            "tv=$(curl -s --cacert {ca} -d client_id={TELEVISION} -d scope=urn:ietf:params:oauth:scope:mail {})\n\
             echo \"$tv\" | {}",
            words.url("device_authorization"),
            said("verification_uri_complete")
        ),
    );
    steps.add(
        "When you have allowed it, it gets its token, and reads a message with that:",
        &format!(
            "token=$(curl -s --cacert {ca} -d client_id={TELEVISION} \
             -d grant_type=urn:ietf:params:oauth:grant-type:device_code -d device_code=$(echo \"$tv\" | {}) {} | {})\n{read}",
            said("device_code"),
            words.url("oauth_token"),
            said("access_token")
        ),
    );
    steps.add(&format!("Remove it at {portal}/authorised-apps, and its token opens nothing any more:"), &read);
}

/// An app password that nobody types.
fn login_flow(words: &Words<'_>, steps: &mut Steps) {
    let Some(begin) = words.tryout.endpoint("login_flow") else { return };
    let ca = &words.ca;
    steps.part("An app password without typing, as DAVx5 gets one");
    steps.add(
        "The app begins. Open the address that this prints, and allow it:",
        &format!("app=$(curl -s --cacert {ca} -A DAVx5/4.5 -X POST {begin})\necho \"$app\" | {}", said("login")),
    );
    steps.add(
        "Then it gets an app password of its own, once:",
        &format!("curl --cacert {ca} -d token=$(echo \"$app\" | {}) {begin}/poll", said("token")),
    );
}

/// What takes one text out of an answer in JSON: few machines have `jq`.
fn said(name: &str) -> String {
    format!("sed 's/.*\"{name}\":\"\\([^\"]*\\).*/\\1/'")
}

/// Servers that ask: each in its own way, and each with a page in `docs/connect`.
fn asking(words: &Words<'_>, steps: &mut Steps) {
    let Person { login, app_password: secret, .. } = words.ada();
    let socket = words.file("run/auth");
    steps.part("Servers that ask Valetkey themselves");
    steps.add(
        "Ask as Postfix and Exim do, at Dovecot's authentication socket, which stays open (curl leaves it after a second):",
        &format!(
            "printf 'VERSION\\t1\\t2\\nCPID\\t1\\nAUTH\\t1\\tPLAIN\\tservice=smtp\\tresp=%s\\n' \
             \"$(printf '\\0{login}\\0{secret}' | base64 -w 0)\" | curl -sN -m 1 --unix-socket {socket} telnet://localhost"
        ),
    );
    steps.add(
        "As Cyrus does, at saslauthd's (package sasl2-bin):",
        &format!("testsaslauthd -f {} -s imap -u {login} -p {secret}", words.file("run/mux")),
    );
    let ldap = format!("-x -H ldap://{}", words.url("ldap"));
    steps.add(
        "By LDAP, as whoever signs in (package ldap-utils):",
        &format!("ldapwhoami {ldap} -D uid={login},ou=people,{LDAP_BASE} -w {secret}"),
    );
    steps.add(
        "By LDAP, as a server that looks somebody up:",
        &format!(
            "ldapsearch {ldap} -LLL -D {LDAP_READER} -y {} -b {LDAP_BASE} '(mail={login})' '*' memberOf",
            words.file(LDAP_SECRET)
        ),
    );
    steps.add(
        "As nginx's mail proxy does; the answer says where it is to go, and as whom:",
        &format!(
            "curl -i -H \"X-Auth-Key: $(cat {})\" -H 'Auth-Method: plain' -H 'Auth-Protocol: imap' -H 'Auth-User: {login}' \
             -H 'Auth-Pass: {secret}' {}",
            words.file(NGINX_KEY),
            words.url("nginx_mail")
        ),
    );
    steps.add(
        "As nginx, Caddy and Traefik do for each request to a calendar:",
        &format!("curl -i -u {login}:{secret} {}/dav", words.url("forward_auth")),
    );
    steps.add(
        "As Dovecot does, by the password grant:",
        &format!("curl -d grant_type=password -d username={login} -d password={secret} {}/imap", words.url("token")),
    );
    steps.add(
        "As anything else can:",
        &format!(
            "curl --json '{{\"login\":\"{login}\",\"password\":\"{secret}\",\"service\":\"imap\"}}' {}",
            words.url("check")
        ),
    );
}

/// Commands, and what a revoke does.
fn revoking(words: &Words<'_>, steps: &mut Steps) {
    let (ada, valetkey) = (words.ada(), &words.valetkey);
    let login = &ada.login;
    steps.part("Commands, and a revoke");
    steps.add("Make another app password:", &format!("{valetkey} app-password create {login} --label \"My phone\""));
    steps.add(
        "See them, and who is connected:",
        &format!("{valetkey} app-password list {login}; {valetkey} connections"),
    );
    if let Some(port) = words.port("imap_asking") {
        steps.add(
            "Leave an app connected to the Dovecot that asks by itself. The revoke closes it, and Enter gives the prompt back:",
            &format!(
                "(printf 'a LOGIN {login} {}\\r\\nb SELECT INBOX\\r\\nc IDLE\\r\\n'; cat) | curl -sN telnet://localhost:{port}",
                ada.app_password
            ),
        );
    }
    if words.tryout.endpoint("imaps").is_some() {
        steps.add(
            "Leave a mail app connected (any will do), and revoke. When the command returns, the app has been signed out:",
            &format!("{valetkey} app-password revoke {login} {}", ada.app_password_id),
        );
    }
    steps.add("Who did what:", &format!("{valetkey} audit --account {login}"));
    if words.tryout.asking.is_none() {
        steps.text +=
            "\nA Dovecot that keeps its port, asks by itself, and is told of a revoke: start this with --asking.\n";
    }
}
