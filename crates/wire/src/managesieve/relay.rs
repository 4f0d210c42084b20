//! The conversation after the sign-in, between an app and the upstream: both streams are followed.
//!
//! The gateway vouches for the app upstream, so an app must not be able to leave its account there: UNAUTHENTICATE, a
//! second AUTHENTICATE, STARTTLS and XCLIENT never go upstream. To see where a command begins one must know which bytes
//! are a literal, and nobody asks for literals here: they are sent at once. Dovecot 2.3 takes what stands behind
//! `PUTSCRIPT "\a" {16+}` for the next commands, since it stops reading at the escape; and so it does with a name that is
//! not UTF-8, and with a size of more than 64 bits. Therefore nothing of a command's line goes upstream as the app wrote
//! it: a command that is one by the grammar is written anew, its names as quoted strings that every server can read, and
//! only a script's literal, at the end of a command in which nothing can be wrong before it, as a literal. Whatever is not
//! by the grammar closes the connection.
//!
//! What must not go upstream is not answered by the gateway, which would have to know when: a word that no server knows
//! goes in its place, and the server's own NO comes when it is its turn. The same becomes of a word that is not known here.
//!
//! The two halves are in `relay/client.rs` and `relay/server.rs`; what they share is here.

mod client;
mod server;

use std::collections::VecDeque;

use crate::conversation::{self, Client, ClosedBecause, Server};

/// Commands that have no answer yet, before an app is not heard any more. Apps wait for each answer, mostly.
const OUTSTANDING_MAX: usize = 64;

/// Both halves of a relayed conversation.
#[derive(Default)]
pub struct Relay {
    client: client::State,
    server: server::State,
    /// The commands that went upstream and have no answer yet: for each whether it is CAPABILITY.
    outstanding: VecDeque<bool>,
    /// What the app is told if its connection is closed.
    last_words: Vec<u8>,
}

impl conversation::Relay for Relay {
    fn client_said(&mut self, input: &[u8]) -> Client {
        match self.pass_client(input) {
            Client::Close(why) => {
                self.last_words = b"BYE \"This is not ManageSieve.\"\r\n".to_vec();
                Client::Close(why)
            }
            other => other,
        }
    }

    fn server_said(&mut self, input: &[u8]) -> Server {
        self.pass_server(input)
    }

    fn is_between_lines(&self) -> bool {
        self.server.is_between_lines()
    }

    fn is_at_rest(&self) -> bool {
        !self.client.is_in_script() && self.outstanding.is_empty() && self.is_between_lines()
    }

    fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.last_words)
    }

    fn has_replies(&self) -> bool {
        !self.last_words.is_empty()
    }

    fn listens_to_client(&self) -> bool {
        self.client.is_in_script() || self.outstanding.len() < OUTSTANDING_MAX
    }
}

#[cfg(test)]
mod tests;
