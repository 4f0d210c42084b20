//! What can be tried by hand.

use std::path::Path;

use super::Tryout;

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
         It asks for six digits from an authenticator app that has the TOTP secret, or from\n\n  \
         oathtool --totp --base32 {}\n",
        tryout.portal, ada.totp_secret
    );
    text +=
        &format!("\nLetters to them, links included, are laid into {}\n", quoted(&tryout.directory.path("letters")));
    text
}

pub(super) fn text(tryout: &Tryout) -> String {
    let ada = &tryout.people[0];
    let ca = quoted(&tryout.directory.path("ca.pem"));
    let config = quoted(&tryout.directory.path("valetkey.toml"));
    let program = std::env::current_exe().map_or_else(|_| "valetkey".to_owned(), |path| quoted(&path));
    let valetkey = format!("{program} --config {config}");
    let mut text = opening(tryout, &ca);
    text += "\nA short tour, for another terminal:\n";
    let login = &ada.login;
    let mut step = 0;
    let mut add = |what: &str, command: &str| {
        step += 1;
        text += &format!("\n{step}. {what}\n\n   {command}\n");
    };
    if let Some(imaps) = tryout.endpoint("imaps") {
        let port = imaps.rsplit(':').next().unwrap_or_default();
        add(
            "Read a message with the app password:",
            &format!("curl --cacert {ca} -u {login}:{} 'imaps://localhost:{port}/INBOX;UID=1'", ada.app_password),
        );
        add(
            "The primary password opens nothing here (the log of curl shows what an app is told):",
            &format!(
                "curl -v --cacert {ca} -u {login}:{} 'imaps://localhost:{port}/INBOX;UID=1'",
                ada.primary_password
            ),
        );
    }
    if let Some(pop3s) = tryout.endpoint("pop3s") {
        let port = pop3s.rsplit(':').next().unwrap_or_default();
        add(
            "Read it by POP3, with the same app password:",
            &format!("curl --cacert {ca} -u {login}:{} 'pop3s://localhost:{port}/1'", ada.app_password),
        );
    }
    if let Some(submissions) = tryout.endpoint("submissions") {
        let port = submissions.rsplit(':').next().unwrap_or_default();
        let send = |sender: &str| {
            format!(
                "printf 'Subject: Hello\\r\\n\\r\\nIt works.\\r\\n' | curl --cacert {ca} -u {login}:{} --mail-from {sender} \
                 --mail-rcpt {login} -T - 'smtps://localhost:{port}'",
                ada.app_password
            )
        };
        add("Send a message to yourself:", &send(login));
        add("As somebody else nobody sends (553):", &send(&tryout.people[1].login));
    }
    add("Make another app password:", &format!("{valetkey} app-password create {login} --label \"My phone\""));
    add("See them, and who is connected:", &format!("{valetkey} app-password list {login}; {valetkey} connections"));
    if let Some(dav) = tryout.endpoint("dav") {
        add(
            "Open the calendar server with the same app password:",
            &format!("curl --cacert {ca} -u {login}:{} -X PROPFIND -H 'Depth: 0' {dav}{login}/", ada.app_password),
        );
    }
    if tryout.endpoint("imaps").is_some() {
        add(
            "Leave a mail app connected (any will do), and revoke. When the command returns, the app has been signed out:",
            &format!("{valetkey} app-password revoke {login} {}", ada.app_password_id),
        );
    }
    add("Who did what:", &format!("{valetkey} audit --account {login}"));
    text += &format!("\nAll of it, for programs: {}\n", tryout.directory.path("try.json").display());
    text
}
