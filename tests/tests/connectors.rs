//! Servers that ask Valetkey: the real ones.

use std::os::unix::fs::PermissionsExt as _;

use valetkey_tests::asking::{Postfix, Radicale};
use valetkey_tests::book::block;
use valetkey_tests::clock::wait_for;
use valetkey_tests::program::{self, Ran};
use valetkey_tests::tryout::Tryout;

/// Where a tryout's HTTP connector is: `http://127.0.0.1:40143`.
fn http(tryout: &Tryout) -> String {
    tryout.url("forward_auth").trim_end_matches("/forward-auth").to_owned()
}

#[test]
fn postfix_takes_mail_from_whoever_has_an_app_password_for_it() {
    let tryout = Tryout::start();
    let postfix = Postfix::start(&tryout.url("dovecot_auth"), &tryout.dir().join("tls"));
    let ada = tryout.ada();
    let printer = tryout.commands.make_key(&ada.login, "Printer", &["--scope", "mail:send"]);
    let calendar = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let accepted = "235 2.7.0 Authentication successful\n250 2.1.5 Ok\n250\n";
    for mechanism in ["PLAIN", "LOGIN"] {
        for (what, secret) in [("an app password", &ada.key.secret), ("one for sending", &printer.secret)] {
            let ran = postfix.send(mechanism, &ada.login, secret, &ada.login);
            assert_eq!(ran.out, accepted, "{mechanism} {what}: {ran:?}\n{}", postfix.log());
        }
        for (what, secret, says) in [
            (
                "the primary password",
                &*ada.primary_password,
                "535 5.7.8 Error: authentication failed: Use an app password here, with all its letters, and not your own password.\n",
            ),
            ("another one", "abcd-efgh-ijkl-mnop", "535 5.7.8 Error: authentication failed: "),
            ("one for calendars", &calendar.secret, "535 5.7.8 Error: authentication failed: "),
        ] {
            let ran = postfix.send(mechanism, &ada.login, secret, &ada.login);
            assert!(ran.out.starts_with(says), "{mechanism} {what}: {ran:?}\n{}", postfix.log());
        }
    }
    let ran = postfix.send("PLAIN", "ada", &ada.key.secret, &ada.login);
    assert_eq!(ran.out, accepted, "Postfix is told the canonical name");
    let sign_in_at_once = |secret: &str| {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--cacert"]).arg(&tryout.door.ca);
        command.args(["--user", &format!("{}:{secret}", ada.login), "--mail-from", &ada.login]);
        command.args(["--mail-rcpt", &ada.login, "--upload-file", "-"]);
        let url = format!("smtps://localhost:{}", postfix.submissions().port());
        program::run(command.arg(url), "Subject: x\r\n\r\nx\r\n").code
    };
    assert_eq!((sign_in_at_once(&ada.key.secret), sign_in_at_once(&calendar.secret)), (0, 67), "{}", postfix.log());
    let ran = postfix.send("PLAIN", &ada.login, &ada.key.secret, &tryout.bob().login);
    assert!(ran.out.contains("553 5.7.1"), "nobody sends in another's name: {ran:?}");
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &printer.id]);
    let ran = postfix.send("PLAIN", &ada.login, &printer.secret, &ada.login);
    assert!(ran.out.starts_with("535 "), "{ran:?}");
}

#[test]
fn while_valetkey_is_down_postfix_says_later_and_recovers_by_itself() {
    let tryout = Tryout::start();
    let socket = tryout.dir().join("run/second-auth");
    let second = tryout.serve_beside(&[]);
    let postfix = Postfix::start(&socket.display().to_string(), &tryout.dir().join("tls"));
    let ada = second.commands.make_person("ada@example.org", "a-primary-password");
    let send = || postfix.send("PLAIN", &ada.login, &ada.key.secret, &ada.login).out;
    assert!(send().starts_with("235 "), "{}", postfix.log());
    // Without its store it knows nothing, and closes the connection rather than call a password wrong.
    let (data, away) = (tryout.dir().join("second-data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("454", || send().starts_with("454 4.7.0").then_some(()));
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("235", || send().starts_with("235 ").then_some(()));
    second.stop();
    assert!(!socket.exists(), "its socket goes with it");
    let said = send();
    assert!(said.starts_with("454 4.7.0"), "{said}");
    let second = tryout.serve_beside(&[]);
    assert!(send().starts_with("235 "), "{}", postfix.log());
    drop(second);
}

#[test]
fn by_the_password_grant_calendars_open_under_the_canonical_name_alone() {
    let tryout = Tryout::start();
    let (ada, http) = (tryout.ada(), http(&tryout));
    tryout.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    let key = tryout.commands.make_key(&ada.login, "Calendar", &["--scope", "calendars"]);
    let grant = |login: &str, secret: &str| {
        let form = format!("grant_type=password&username={login}&password={secret}");
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--data", &form]);
        program::run(command.arg(format!("{http}/token/dav")), "").succeeded()
    };
    for login in ["countess@example.org", "ada", "Ada@example.org"] {
        assert_eq!(grant(login, &key.secret), grant(login, "abcd-efgh-ijkl-mnop"), "{login}");
    }
    let by_it = || tryout.log().lines().filter(|line| line.contains(&key.id)).map(str::to_owned).collect::<Vec<_>>();
    let logged = wait_for("all three in the log", || Some(by_it()).filter(|lines| lines.len() >= 3));
    let refused = |line: &String| line.contains("outcome=refused why=not-canonical service=dav");
    assert!(logged.len() == 3 && logged.iter().all(refused), "{logged:?}");
    assert!(grant(&ada.login, &key.secret).contains("\"login\":\"ada@example.org\""));
}

#[test]
fn whatever_can_send_a_request_can_ask() {
    let tryout = Tryout::start();
    let (ada, http) = (tryout.ada(), http(&tryout));
    let ask = |path: &str, more: &[&str]| {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--write-out", "\n%{http_code}"]).args(more);
        program::run(command.arg(format!("{http}{path}")), "").succeeded()
    };
    let json = |login: &str, password: &str, service: &str| {
        let body = format!("{{\"login\":\"{login}\",\"password\":\"{password}\",\"service\":\"{service}\"}}");
        ask("/check", &["--json", &body])
    };
    let accepted = "{\"login\":\"ada@example.org\",\"outcome\":\"accepted\"}\n200";
    assert_eq!(json("ada", &ada.key.secret, "imap"), accepted);
    assert_eq!(json(&ada.login, "abcd-efgh-ijkl-mnop", "imap"), "{\"advice\":null,\"outcome\":\"refused\"}\n403");
    let advice = "{\"advice\":\"Use an app password here, with all its letters, and not your own password.\",\"outcome\":\"refused\"}\n403";
    assert_eq!(json(&ada.login, &ada.primary_password, "imap"), advice);
    assert!(json(&ada.login, &ada.key.secret, "telnet").ends_with("\n400"));
    assert!(ask("/check", &["--json", "{}"]).ends_with("\n400"));
    assert!(ask("/check", &["--json", &"x".repeat(20_000)]).ends_with("\n413"));
    // Lua in Dovecot sends a form, and waits for a word before it sends the body.
    let secret = format!("password={}", ada.key.secret);
    let form =
        ["--data", "login=ada", "--data", &*secret, "--data", "service=imap", "--header", "Expect: 100-continue"];
    assert_eq!(ask("/check", &form), accepted);
    for (path, status) in [("/", "404"), ("/check", "405"), ("/forward-auth/telnet", "404"), ("/token/imap", "405")] {
        assert_eq!(ask(path, &[]).lines().last(), Some(status), "{path}");
    }
    let grant = |more: &str| ask("/token", &["--data", &format!("username=ada&password={}&{more}", ada.key.secret)]);
    assert_eq!(grant("grant_type=client_credentials"), "{\"error\":\"unsupported_grant_type\"}\n400");
    let answer = grant("grant_type=password");
    assert!(answer.contains("\"username\":\"ada\"") && answer.contains("\"login\":\"ada@example.org\""), "{answer}");
}

/// What a program of ldap-utils says to one of the tryout's listeners.
fn ldap(tryout: &Tryout, program: &str, url: &str, who: &str, secret: &str, more: &[&str]) -> Ran {
    let mut command = program::command(program);
    command.env("LDAPTLS_CACERT", &tryout.door.ca);
    command.args(["-x", "-H", url, "-D", who, "-w", secret]).args(more);
    program::run(&mut command, "")
}

fn reader(tryout: &Tryout) -> String {
    std::fs::read_to_string(tryout.dir().join("ldap-reader")).expect("a file of try")
}

const READER: &str = "cn=reader,dc=example,dc=org";

/// By the address: of `localhost` OpenLDAP's library makes the machine's own name, which no certificate is for.
fn ldaps(tryout: &Tryout) -> String {
    format!("ldaps://{}", tryout.url("ldaps"))
}

#[test]
fn ldap_clients_bind_with_app_passwords_in_every_way() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let clear = format!("ldap://{}", tryout.url("ldap"));
    let dn = format!("uid={},ou=people,dc=example,dc=org", ada.login);
    for (url, more) in [(&ldaps(&tryout), &[][..]), (&clear, &["-ZZ"]), (&clear, &[])] {
        let who = ldap(&tryout, "ldapwhoami", url, &dn, &ada.key.secret, more);
        assert_eq!((who.code, &*who.out), (0, &*format!("dn:{dn}\n")), "{url} {more:?}: {who:?}");
        let short = ldap(&tryout, "ldapwhoami", url, "uid=ADA,ou=People,dc=Example,dc=org", &ada.key.secret, more);
        assert_eq!(short.out, format!("dn:{dn}\n"), "another spelling of the name");
        for (what, secret, code) in [
            ("a wrong one", "abcd-efgh-ijkl-mnop", 49),
            ("the primary password", &*ada.primary_password, 49),
            ("none", "", 53),
        ] {
            let refused = ldap(&tryout, "ldapwhoami", url, &dn, secret, more);
            assert_eq!(refused.code, code, "{what}: {refused:?}");
        }
    }
    tryout.commands.ask(&["app-password", "revoke", &ada.login, &ada.key.id]);
    assert_eq!(ldap(&tryout, "ldapwhoami", &clear, &dn, &ada.key.secret, &[]).code, 49);
}

#[test]
fn a_reader_looks_people_up_and_nobody_else_does() {
    let tryout = Tryout::start();
    let (ada, url, secret) = (tryout.ada(), ldaps(&tryout), reader(&tryout));
    tryout.commands.ask(&["account", "alias", &ada.login, "countess@example.org"]);
    let search = |who: &str, secret: &str, more: &[&str]| {
        let mut arguments = vec!["-LLL", "-o", "ldif-wrap=no", "-b", "dc=example,dc=org"];
        arguments.extend_from_slice(more);
        ldap(&tryout, "ldapsearch", &url, who, secret, &arguments)
    };
    let found = search(READER, &secret, &["(mail=Countess@Example.org)", "*", "memberOf"]);
    assert_eq!(found.code, 0, "{found:?}");
    for line in [
        "dn: uid=ada@example.org,ou=people,dc=example,dc=org",
        "uid: ada@example.org",
        "mail: ada@example.org",
        "mail: countess@example.org",
        "objectClass: inetOrgPerson",
        "memberOf: cn=mail,ou=groups,dc=example,dc=org",
    ] {
        assert!(found.out.lines().any(|one| one == line), "no {line} in {}", found.out);
    }
    assert!(!found.out.to_lowercase().contains("password"), "{}", found.out);
    let names = |ran: &Ran| {
        ran.out.lines().filter_map(|line| line.strip_prefix("uid: ").map(str::to_owned)).collect::<Vec<_>>()
    };
    let bare = search(READER, &secret, &["(uid=ada)", "uid"]);
    assert_eq!(names(&bare), [&*ada.login], "without its domain: {bare:?}");
    let all = search(READER, &secret, &["-E", "pr=1/noprompt", "(objectClass=inetOrgPerson)", "uid"]);
    assert_eq!(names(&all), [&*ada.login, &*tryout.bob().login], "by pages of one: {all:?}");
    let group = search(READER, &secret, &["(cn=mail)", "member"]);
    assert_eq!(group.out.matches("member: uid=").count(), 2, "{group:?}");
    let dn = format!("uid={},ou=people,dc=example,dc=org", ada.login);
    assert_eq!(names(&search(&dn, &ada.key.secret, &["(uid=*)", "uid"])), [&*ada.login], "oneself and nobody else");
    let bobs = format!("uid={},ou=people,dc=example,dc=org", tryout.bob().login);
    let other = search(&dn, &ada.key.secret, &["-b", &bobs, "-s", "base", "(objectClass=*)"]);
    assert_eq!((other.code, &*other.out), (32, ""), "nobody else is there: {other:?}");
    for (what, who, secret, code) in [
        ("nobody", "", "", 50),
        ("a reader with a wrong secret", READER, "wrong", 49),
        ("another reader", "cn=somebody,dc=example,dc=org", &*secret, 49),
    ] {
        assert_eq!(search(who, secret, &["(uid=*)"]).code, code, "{what}");
    }
}

#[test]
fn a_reader_finds_people_as_the_book_says_and_a_line_end_in_its_secret_is_for_valetkey_alone() {
    let tryout = Tryout::start();
    let (ada, file) = (tryout.ada(), tryout.dir().join("ldap-reader"));
    let search = || {
        let changes = [
            ("ldaps://accounts.example.org", &*ldaps(&tryout)),
            ("cn=nextcloud,", "cn=reader,"),
            ("nextcloud-secret", &*file.display().to_string()),
        ];
        let mut command = program::command("sh");
        command.env("LDAPTLS_CACERT", &tryout.door.ca);
        program::run(command.args(["-c", &block("ldap.md", "ldapsearch -x", &changes)]), "")
    };
    let found = search();
    assert!(found.code == 0 && found.out.contains(&format!("\nmail: {}\n", ada.login)), "{found:?}");
    // Valetkey has read it, and would again.
    std::fs::write(&file, reader(&tryout) + "\n").expect("a file of try");
    assert_eq!(search().code, 49, "its user sends the line end along");
    let ran = tryout.commands.run(&["check-config"], "");
    assert_eq!(ran.code, 0, "{ran:?}");
    // Nor would it read what everybody here may read, and says so before the start.
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("a file of try");
    let ran = tryout.commands.run(&["check-config"], "");
    let named = ran.err.contains(": ldap.readers: ") && ran.err.contains(&*file.display().to_string());
    assert!(ran.code == 2 && named, "{ran:?}");
}

#[test]
fn whatever_has_libsasl_asks_as_it_asks_saslauthd() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let socket = tryout.url("saslauthd");
    let ask = |user: &[&str], secret: &str, service: &str| {
        let mut command = program::command("testsaslauthd");
        program::run(command.args(["-f", &socket, "-s", service, "-p", secret]).args(user), "")
    };
    for (what, user) in
        [("apart", &["-u", "ada", "-r", "example.org"][..]), ("whole", &["-u", &ada.login]), ("short", &["-u", "ada"])]
    {
        let accepted = ask(user, &ada.key.secret, "imap");
        assert!(accepted.code == 0 && accepted.out.contains("OK \"Success.\""), "{what}: {accepted:?}");
    }
    let user = ["-u", &*ada.login];
    for (what, secret, service) in [
        ("a wrong one", "abcd-efgh-ijkl-mnop", "imap"),
        ("the primary password", &*ada.primary_password, "imap"),
        ("an unknown service", &ada.key.secret, "telnet"),
    ] {
        let refused = ask(&user, secret, service);
        assert!(refused.out.contains("NO \"authentication failed\""), "{what}: {refused:?}");
    }
}

#[test]
fn radicale_asks_in_three_ways() {
    let tryout = Tryout::start();
    tryout.commands.ask(&["account", "alias", "ada", "countess@example.org"]);
    let socket = tryout.url("dovecot_auth_dav");
    let by_socket = block("radicale.md", "type = dovecot", &[("/run/valetkey/radicale/auth", &socket)]);
    let by_ldap = block(
        "radicale.md",
        "type = ldap",
        &[("127.0.0.1:389", &tryout.url("ldap")), ("what is in the reader's file", &reader(&tryout))],
    );
    let by_grant = block("radicale.md", "type = oauth2", &[("http://127.0.0.1:9440", &http(&tryout))]);
    for (how, auth) in [("by Dovecot's socket", by_socket), ("by LDAP", by_ldap), ("by the password grant", by_grant)] {
        let radicale = Radicale::asking(&auth);
        let ada = tryout.ada();
        let key = tryout.commands.make_key(&ada.login, how, &["--scope", "calendars"]);
        assert_eq!(radicale.look(&ada.login, &ada.login, &key.secret), "207", "{how}: {}", radicale.log());
        assert_eq!(radicale.look(&tryout.bob().login, &ada.login, &key.secret), "403", "{how}: somebody else's home");
        for (what, login, secret) in [
            ("a wrong one", &*ada.login, "abcd-efgh-ijkl-mnop"),
            ("the primary password", &ada.login, &*ada.primary_password),
            ("nobody", "nobody@example.org", &key.secret),
        ] {
            assert_eq!(radicale.look(login, login, secret), "401", "{how}, {what}: {}", radicale.log());
        }
        if how.contains("socket") {
            // Radicale would keep another calendar under each name.
            assert_eq!(radicale.look("countess@example.org", "countess@example.org", &key.secret), "401", "{how}");
        }
        tryout.commands.ask(&["app-password", "revoke", &ada.login, &key.id]);
        assert_eq!(radicale.look(&ada.login, &ada.login, &key.secret), "401", "{how}, revoked");
    }
}

/// Says of each way to ask what it answers, with the code by which a server that asks tells the outcomes apart.
fn answers(tryout: &Tryout, login: &str, secret: &str) -> Vec<(&'static str, String)> {
    let http = http(tryout);
    let ask = |path: &str, more: &[&str]| {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}"]);
        program::run(command.args(more).arg(format!("{http}{path}")), "").succeeded()
    };
    let (name, word) = (format!("username={login}"), format!("password={secret}"));
    let body = format!("{{\"login\":\"{login}\",\"password\":\"{secret}\",\"service\":\"imap\"}}");
    let url = format!("ldap://{}", tryout.url("ldap"));
    let dn = format!("uid={login},ou=people,dc=example,dc=org");
    let mut libsasl = program::command("testsaslauthd");
    libsasl.args(["-f", &tryout.url("saslauthd"), "-s", "imap", "-u", login, "-p", secret]);
    let libsasl = program::run(&mut libsasl, "");
    let said = [&*libsasl.out, &*libsasl.err].concat();
    let libsasl = ["OK \"", "NO \""].into_iter().find(|word| said.contains(word)).unwrap_or("no answer");
    let key = std::fs::read_to_string(tryout.dir().join("nginx-key")).expect("a file of try");
    let headers = [
        format!("X-Auth-Key: {key}"),
        format!("Auth-User: {login}"),
        format!("Auth-Pass: {secret}"),
        "Auth-Method: plain".to_owned(),
        "Auth-Protocol: imap".to_owned(),
    ];
    let mut nginx = program::command("curl");
    nginx.args(["--silent", "--include", "--max-time", "20"]).args(headers.iter().flat_map(|one| ["--header", one]));
    let nginx = program::run(nginx.arg(format!("{http}/nginx-mail")), "").succeeded();
    let nginx = nginx.lines().find_map(|line| line.strip_prefix("auth-status: ")).unwrap_or_default().to_owned();
    let code = |text: &str| text.split(']').next().unwrap_or_default().to_owned();
    vec![
        ("forward-auth", ask("/forward-auth", &["--user", &format!("{login}:{secret}")])),
        ("check", ask("/check", &["--json", &body])),
        ("grant", ask("/token/imap", &["--data", "grant_type=password", "--data", &name, "--data", &word])),
        ("nginx", code(&nginx)),
        ("saslauthd", libsasl.to_owned()),
        ("LDAP", ldap(tryout, "ldapwhoami", &url, &dn, secret, &[]).code.to_string()),
    ]
}

#[test]
fn an_outage_is_no_wrong_password_to_any_server_that_asks() {
    let tryout = Tryout::start();
    let ada = tryout.ada();
    let all = |secret: &str| answers(&tryout, &ada.login, secret);
    let codes = |all: &[(&str, String)]| all.iter().map(|(_, code)| code.clone()).collect::<Vec<_>>();
    let (accepted, refused) =
        (["200", "200", "200", "OK", "OK \"", "0"], ["401", "403", "400", "[AUTHENTICATIONFAILED", "NO \"", "49"]);
    let broken = ["503", "503", "503", "[UNAVAILABLE", "no answer", "52"];
    let wrong = "abcd-efgh-ijkl-mnop";
    assert_eq!(codes(&all(&ada.key.secret)), accepted);
    assert_eq!(codes(&all(wrong)), refused);
    let (data, away) = (tryout.dir().join("data"), tryout.dir().join("away"));
    std::fs::rename(&data, &away).expect("the directory is ours");
    wait_for("the outage", || (codes(&all(wrong)) == broken).then_some(()));
    assert_eq!(codes(&all(&ada.key.secret)), broken, "nor is what was accepted a moment ago");
    std::fs::rename(&away, &data).expect("the directory is ours");
    wait_for("the end of the outage", || (codes(&all(&ada.key.secret)) == accepted).then_some(()));
    assert_eq!(codes(&all(wrong)), refused);
}
