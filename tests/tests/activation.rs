//! A socket that is opened by whoever starts the program, and stays open while the program is replaced.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use valetkey_tests::asking::daemon::free_port;
use valetkey_tests::client::imap::socket;
use valetkey_tests::program;
use valetkey_tests::server::place::Place;
use valetkey_tests::server::{Server, Setup, Store};
use valetkey_tests::shipped;

const GREETING: &str = "+OK Valetkey ready.\r\n";

/// What opens the socket and starts the program.
struct Activator(Child);

impl Activator {
    fn tell(&mut self, what: &str) {
        let stdin = self.0.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{what}").expect("it listens");
        let mut answer = String::new();
        let stdout = self.0.stdout.as_mut().expect("a pipe");
        BufReader::with_capacity(1, stdout).read_line(&mut answer).expect("it answers");
        assert_eq!(answer, "done\n");
    }
}

impl Drop for Activator {
    fn drop(&mut self) {
        // Its end of the pipe ends it, and it ends the program.
        drop(self.0.stdin.take());
        let _ended = self.0.wait();
    }
}

fn greeting(mut stream: &TcpStream) -> String {
    let mut heard = vec![0; GREETING.len()];
    stream.read_exact(&mut heard).expect("a greeting");
    String::from_utf8(heard).expect("text")
}

#[test]
fn who_connects_while_the_program_is_replaced_waits_and_is_served_by_the_next() {
    let server = Server::prepare(Setup::on(Store::Sqlite), |_| Place::Anywhere);
    let address = free_port();
    server.write("master-secret", "unused");
    server.configure(&format!(
        "[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n\n[pop3]\nlisten = [\"{address}\"]\nupstream = \"127.0.0.1:1\"\n\
         master_user = \"gateway\"\nmaster_secret_file = \"master-secret\"\n"
    ));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/client/activate.py");
    let mut command = Command::new(program::find("python3"));
    command.args(["-B", script, &address.port().to_string()]).arg(shipped::binary());
    command.args(["serve", "--config", &server.file("valetkey.toml")]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut activator = Activator(command.spawn().expect("Python starts"));
    activator.tell("start");
    assert_eq!(greeting(&socket(address)), GREETING);
    activator.tell("stop");
    // Nobody is there: the connection comes about all the same, and waits.
    let waiting = socket(address);
    activator.tell("start");
    assert_eq!(greeting(&waiting), GREETING);
}
