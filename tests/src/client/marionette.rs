//! Marionette, by which Mozilla's programs are driven: a length, a colon, and an array in JSON.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::talk::socket;
use crate::clock::{PATIENCE, wait_for};

/// A connection to a program that was started with `--marionette`, in which scripts run with the program's own rights.
pub(super) struct Marionette {
    stream: BufReader<TcpStream>,
    number: u64,
}

impl Marionette {
    /// Connects and begins a session. Dialogs are left to the scripts.
    pub(super) fn connect(address: SocketAddr) -> Self {
        let mut marionette = Self { stream: BufReader::new(socket(address)), number: 0 };
        let greeting = marionette.message();
        assert_eq!(greeting["marionetteProtocol"], 3, "{greeting}");
        marionette.done("WebDriver:NewSession", &json!({ "unhandledPromptBehavior": "ignore" }));
        marionette.done("Marionette:SetContext", &json!({ "value": "chrome" }));
        marionette
    }

    /// Runs the body of an asynchronous function, and gives what it returns: once no dialog is open, and again if one opens
    /// meanwhile.
    pub(super) fn run(&mut self, body: &str, given: &[Value]) -> Value {
        let script = format!(
            "const [reply] = [...arguments].slice(-1);\n\
             (async (...given) => {{\n{body}\n}})(...[...arguments].slice(0, -1))\n\
             .then(value => reply({{ value }}), error => reply({{ error: `${{error}}\\n${{error?.stack}}` }}));"
        );
        let limit = PATIENCE.as_millis();
        let question = json!({ "script": script, "args": given, "sandbox": "system", "scriptTimeout": limit });
        let answer = wait_for("no dialog is open", || match self.ask("WebDriver:ExecuteAsyncScript", &question) {
            Err(error) if error["error"] == "unexpected alert open" => None,
            answer => Some(answer),
        });
        let mut answer = answer.unwrap_or_else(|error| panic!("no script could run: {error}"));
        let outcome = answer["value"].take();
        assert!(outcome["error"].is_null(), "{}", outcome["error"].as_str().unwrap_or_default());
        outcome["value"].clone()
    }

    fn done(&mut self, command: &str, given: &Value) -> Value {
        self.ask(command, given).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What was answered, or what went wrong.
    fn ask(&mut self, command: &str, given: &Value) -> Result<Value, Value> {
        self.number += 1;
        let message = json!([0, self.number, command, given]).to_string();
        let stream = self.stream.get_mut();
        stream.write_all(format!("{}:{message}", message.len()).as_bytes()).expect("it takes what is said");
        let mut answer = self.message();
        assert_eq!(answer[1], self.number, "{command}: an answer to something else: {answer}");
        if answer[2].is_null() { Ok(answer[3].take()) } else { Err(answer[2].take()) }
    }

    fn message(&mut self) -> Value {
        let mut length = Vec::new();
        self.stream.read_until(b':', &mut length).expect("an answer in time");
        let length = String::from_utf8_lossy(&length);
        let length = length.strip_suffix(':').and_then(|length| length.parse().ok());
        let mut message = vec![0; length.expect("the length of an answer")];
        self.stream.read_exact(&mut message).expect("as much as was announced");
        serde_json::from_slice(&message).expect("JSON")
    }
}
