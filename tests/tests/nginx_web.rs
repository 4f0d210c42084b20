//! nginx that asks before it lets a request through to Radicale, as the book says, also for people whose names ASCII has not.

use valetkey_tests::asking::{Nginx, Radicale, free_port};
use valetkey_tests::book::block;
use valetkey_tests::program;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};

const PAGE: &str = "nginx-web.md";
const ADA: &str = "ada@example.org";
const KAETHE: &str = "käthe.京都@bücher.example";
/// The same in a path.
const KAETHE_HREF: &str = "k%C3%A4the.%E4%BA%AC%E9%83%BD%40b%C3%BCcher.example";

/// A Valetkey, an nginx that asks it, and a Radicale that believes that.
struct Site {
    url: String,
    server: Server,
    radicale: Radicale,
    _nginx: Nginx,
}

impl Site {
    /// With what the book says of `[http]` and of Radicale's `[auth]`.
    fn start(http: &str, auth: &str) -> Self {
        let mut server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
        // Its section [http] is the last.
        server.configure(http);
        server.start_again();
        let radicale = Radicale::asking(&format!("{auth}[rights]\ntype = owner_only\n"));
        let changes = [
            ("http://127.0.0.1:9440", &*format!("http://{}", server.http())),
            ("http://127.0.0.1:5232", &format!("http://{}", radicale.address())),
        ];
        let locations = block(PAGE, "auth_request /_valetkey;", &changes);
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths = paths.map(|name| format!("{name}_temp_path {{dir}}/{name};\n")).concat();
        let listen = free_port();
        let blocks = format!("http {{\n{paths}server {{\nlisten {listen};\n{locations}}}\n}}\n");
        Self { url: format!("http://{listen}"), server, radicale, _nginx: Nginx::start(&blocks, &[listen]) }
    }

    /// Makes somebody, and gives what curl signs in with.
    fn user(&self, login: &str) -> String {
        self.server.admin().make_person(login);
        let (_, secret) = self.server.admin().make_key(login, "Calendar");
        format!("{login}:{secret}")
    }

    /// Asks with curl; gives the status.
    fn ask(&self, method: &str, path: &str, user: &str) -> String {
        let mut command = program::command("curl");
        command.args(["--silent", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}"]);
        command.args(["--request", method, "--header", "Depth: 0", "--user", user]);
        program::run(command.arg(format!("{}{path}", self.url)), "").succeeded()
    }
}

#[test]
fn everybody_has_their_own_home_whatever_the_alphabet_of_their_name() {
    let http = block(PAGE, "identity_encoding", &[("[http]\n", "")]);
    let site = Site::start(&http, &block(PAGE, "urldecode_username", &[]));
    for (login, home) in [(ADA, ADA), (KAETHE, KAETHE_HREF)] {
        let user = site.user(login);
        assert_eq!(site.ask("PROPFIND", &format!("/{home}/"), &user), "207", "{login}");
        assert_eq!(site.ask("MKCALENDAR", &format!("/{home}/work/"), &user), "201", "{login}");
        assert!(site.radicale.kept().join(login).join("work").is_dir(), "{login}");
        assert_eq!(site.ask("PROPFIND", "/bob@example.org/", &user), "403", "{login}");
        assert_eq!(site.ask("PROPFIND", &format!("/{home}/"), &format!("{login}:wrong")), "401");
    }
}

/// What the book says happens without its two lines: when this fails, they are needed no more.
#[test]
fn without_a_word_radicale_takes_somebody_for_somebody_else_and_lets_them_in_nowhere() {
    let site = Site::start("", "[auth]\ntype = http_x_remote_user\n\n");
    let (ada, kaethe) = (site.user(ADA), site.user(KAETHE));
    assert_eq!(site.ask("PROPFIND", &format!("/{ADA}/"), &ada), "207");
    assert_eq!(site.ask("PROPFIND", &format!("/{KAETHE_HREF}/"), &kaethe), "403");
}
