//! The portal: what a page costs, what a signed-in browser costs, and many people who sign in at once.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use serde_json::json;
use valetkey_domain::{Clock as _, TotpSeed};
use valetkey_testkit::{RealClock, Seeded};

use crate::http::Asker;
use crate::measure::{memory_kib, now, percentile, process_time};
use crate::server::{Server, ServerOptions};

#[derive(Args)]
pub(crate) struct ViewOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// How often each page is opened
    #[arg(long, default_value_t = 5_000)]
    views: usize,
}

#[derive(Args)]
pub(crate) struct SessionOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// How many browsers sign in
    #[arg(long, default_value_t = 2_000)]
    sessions: usize,
}

#[derive(Args)]
pub(crate) struct SignInOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// How many people at once
    #[arg(long, default_value_t = 200)]
    people: usize,
}

const PASSWORD: &str = "correct horse battery staple";

/// A browser on one connection that is kept.
struct Browser {
    stream: BufReader<TcpStream>,
    /// From where it comes, as a proxy says.
    address: String,
    cookies: HashMap<String, String>,
}

struct Page {
    status: u16,
    text: String,
    location: String,
}

impl Browser {
    fn new(portal: SocketAddr, number: usize) -> Self {
        let stream = TcpStream::connect(portal).expect("the portal listens");
        stream.set_nodelay(true).expect("a socket");
        let address = format!("198.18.{}.{}", number / 256 % 256, number % 256);
        Self { stream: BufReader::new(stream), address, cookies: HashMap::new() }
    }

    fn open(&mut self, path: &str) -> Page {
        self.ask("GET", path, "")
    }

    /// Sends a form, and says where it leads.
    fn send(&mut self, path: &str, form: &str, fields: &str) -> Page {
        self.ask("POST", path, &format!("form={form}&{fields}"))
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let question = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {}\r\nSec-Fetch-Site: same-origin\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Cookie: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            cookies.join("; "),
            body.len()
        );
        self.stream.get_mut().write_all(question.as_bytes()).expect("the portal listens");
        let (mut page, mut length) = (Page { status: 0, text: String::new(), location: String::new() }, 0);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("the portal answers");
            let line = line.trim_end();
            if page.status == 0 {
                page.status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
            } else if let Some((name, value)) = line.split_once(": ") {
                match name {
                    "content-length" => length = value.parse().expect("a length"),
                    "location" => value.clone_into(&mut page.location),
                    "set-cookie" => self.keep(value),
                    _ => {}
                }
            }
            if line.is_empty() {
                break;
            }
        }
        self.stream.by_ref().take(length).read_to_string(&mut page.text).expect("a body");
        page
    }

    fn keep(&mut self, cookie: &str) {
        let (name, rest) = cookie.split_once('=').expect("a cookie");
        let value = rest.split(';').next().unwrap_or_default();
        if value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Shows the primary password; gives the form of the page that asks for more.
    fn show_password(&mut self, login: &str) -> String {
        let page = self.open("/sign-in");
        let fields = format!("login={login}&step=password&password={}", PASSWORD.replace(' ', "+"));
        let shown = self.send("/sign-in", form_of(&page.text), &fields);
        assert_eq!(shown.status, 303, "{}", shown.text);
        form_of(&self.open(&shown.location).text).to_owned()
    }

    fn sign_in(&mut self, login: &str, seed: &TotpSeed) {
        let form = self.show_password(login);
        let code = seed.code_at(RealClock.now()).reveal();
        let shown = self.send("/sign-in/second-factor", &form, &format!("code={code}"));
        assert_eq!(shown.status, 303, "{}", shown.text);
    }
}

fn form_of(page: &str) -> &str {
    let found = page.split_once("name=\"form\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
    found.map(|(form, _)| form).expect("a form")
}

/// Gives an account the password, and an authenticator app that is known here.
fn prepare(server: &Server, login: &str) -> TotpSeed {
    server.administration().ask(&json!({ "ask": "reset-password", "login": login, "password": PASSWORD }));
    let seed = TotpSeed::generate(&Seeded::new(9));
    let text = seed.to_base32();
    let enrol = json!({ "ask": "enrol-totp", "login": login, "label": "Bench", "seed": text.expose(), "code": null });
    server.administration().ask(&enrol);
    seed
}

/// A reader with as much as one can have: 25 app passwords, as many that are revoked, 500 lines of the audit log.
fn busy_reader(server: &Server, login: &str) -> Browser {
    let seed = prepare(server, login);
    for n in 0..225 {
        if n % 25 == 0 {
            server.administration().ask(&json!({ "ask": "app-password-revoke-all", "login": login }));
        }
        server.administration().ask(&json!({
            "ask": "app-password-create", "login": login, "label": format!("App {n}"), "scopes": null, "networks": [], "expires_at": null,
        }));
    }
    for n in 0..140 {
        let alias = format!("alias{n}");
        for remove in [false, true] {
            server
                .administration()
                .ask(&json!({ "ask": "account-alias", "login": login, "alias": alias, "remove": remove }));
        }
    }
    server.administration().ask(&json!({ "ask": "account-role", "login": login, "role": "administrator" }));
    let mut browser = Browser::new(server.portal, 1);
    browser.sign_in(login, &seed);
    browser
}

/// What each page costs, in processor time and until it is there.
pub(crate) fn views(options: &ViewOptions) {
    let server = Server::start(&options.server, ([127, 0, 0, 1], 9).into());
    let login = server.people[0].name.clone();
    let mut browser = busy_reader(&server, &login);
    println!("page                              bytes   CPU µs   p50 µs   p99 µs");
    for path in [
        "/",
        "/app-passwords",
        "/app-passwords/history",
        "/connected",
        "/security",
        "/security/activity",
        "/you",
        "/admin/accounts",
        "/admin/audit",
    ] {
        let page = browser.open(path);
        assert_eq!(page.status, 200, "{path}");
        let (mut times, before) = (Vec::with_capacity(options.views), process_time(server.pid()));
        for _ in 0..options.views {
            let begun = now();
            assert_eq!(browser.open(path).status, 200);
            times.push((now() - begun) * 1e6);
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let cpu = (process_time(server.pid()) - before) * 1e6 / options.views as f64;
        times.sort_by(f64::total_cmp);
        let (median, late) = (percentile(&times, 50.0), percentile(&times, 99.0));
        println!("{path:30} {:8} {cpu:8.0} {median:8.0} {late:8.0}", page.text.len());
    }
}

/// What a browser costs in memory that is signed in and idle.
pub(crate) fn sessions(options: &SessionOptions) {
    let server = Server::start(&options.server.with_cheap_passwords(), ([127, 0, 0, 1], 9).into());
    let login = server.people[0].name.clone();
    server.administration().ask(&json!({ "ask": "reset-password", "login": login, "password": PASSWORD }));
    server.administration().ask(&json!({ "ask": "remove-factor", "login": login, "factor": null }));
    // Who has no second factor is signed in by the password alone.
    let sign_in = || {
        let mut browser = Browser::new(server.portal, 1);
        let page = browser.open("/sign-in");
        let fields = format!("login={login}&step=password&password={}", PASSWORD.replace(' ', "+"));
        assert_eq!(browser.send("/sign-in", form_of(&page.text), &fields).status, 303);
    };
    (0..200).for_each(|_| sign_in()); // what grows once has grown
    let before = memory_kib(server.pid());
    (0..options.sessions).for_each(|_| sign_in());
    let after = memory_kib(server.pid());
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    let each = after.saturating_sub(before) as f64 * 1024.0 / options.sessions as f64;
    println!("{} idle sessions: {before} KiB before, {after} KiB after, {each:.0} bytes each", options.sessions);
}

/// Many people who show their password at once, while apps sign in.
pub(crate) fn sign_ins(options: &SignInOptions) {
    let server = Server::start(&options.server, ([127, 0, 0, 1], 9).into());
    let people: Vec<String> = server.people.iter().map(|login| login.name.clone()).take(options.people).collect();
    assert_eq!(people.len(), options.people, "more --accounts are needed");
    for login in &people {
        server.administration().ask(&json!({ "ask": "reset-password", "login": login, "password": PASSWORD }));
    }
    let app = server.people.last().expect("somebody").clone();
    let before = memory_kib(server.pid());
    let done = AtomicBool::new(false);
    let (times, apps, most) = std::thread::scope(|scope| {
        let apps = scope.spawn(|| {
            let (mut asker, mut times) = (Asker::connect(server.http), Vec::new());
            while !done.load(Ordering::Relaxed) {
                let begun = now();
                assert_eq!(asker.ask(&app.name, &app.secret), 200, "an app's sign-in");
                times.push((now() - begun) * 1e3);
                std::thread::park_timeout(Duration::from_millis(2));
            }
            times
        });
        let memory = scope.spawn(|| {
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                most = most.max(memory_kib(server.pid()));
                std::thread::park_timeout(Duration::from_millis(20));
            }
            most
        });
        let all: Vec<_> = people
            .iter()
            .enumerate()
            .map(|(number, login)| {
                let portal = server.portal;
                scope.spawn(move || {
                    let begun = now();
                    Browser::new(portal, number).show_password(login);
                    now() - begun
                })
            })
            .collect();
        let mut times: Vec<f64> = all.into_iter().map(|one| one.join().expect("a sign-in")).collect();
        done.store(true, Ordering::Relaxed);
        times.sort_by(f64::total_cmp);
        (times, apps.join().expect("apps"), memory.join().expect("memory"))
    });
    let mut apps = apps;
    apps.sort_by(f64::total_cmp);
    println!(
        "{} people at once: half within {:.2} s, all within {:.2} s",
        people.len(),
        percentile(&times, 50.0),
        times[times.len() - 1]
    );
    println!("memory: {} MiB before, at most {} MiB", before / 1024, most / 1024);
    println!(
        "apps meanwhile: {} sign-ins, p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms",
        apps.len(),
        percentile(&apps, 50.0),
        percentile(&apps, 99.0),
        apps[apps.len() - 1]
    );
}
