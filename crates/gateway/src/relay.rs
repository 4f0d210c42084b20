//! Relaying: both streams pass, at the pace of whoever reads. The task that does it is small, since there are as many
//! as there are apps that wait for mail.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustix::net::Shutdown;
use tokio::net::TcpStream;
use valetkey_accounts::gate::OpenUse;
use valetkey_domain::LastUse;
use valetkey_wire::imap::{Client, ClosedBecause, Server};

use crate::buffers::{LARGE, LARGE_TLS, Lent, SMALL};
use crate::line::{Line, State, poll_flush, poll_read};

/// What an app may have said that waits for the upstream to answer first. An app that goes on is not heard.
const UNHEARD_MAX: usize = 128 * 1024;

/// Relays until either side ends, or the use is cut.
pub(crate) async fn run(line: Arc<Line>, open: OpenUse) {
    let ended = std::future::poll_fn(|cx| {
        let ended = poll_relay(&line, cx);
        let named = line.lock().relay.as_mut().and_then(|relay| relay.take_client_name());
        if let Some(name) = named.as_deref().and_then(LastUse::client_name) {
            open.name_client(name);
        }
        ended
    })
    .await;
    match ended {
        Ok(None) => {}
        Ok(Some(why)) => {
            tracing::info!(peer = %line.peer, ?why, "a connection was closed: its streams could not be followed");
        }
        Err(error) => tracing::debug!(peer = %line.peer, %error, "a connection ended"),
    }
    // Ends the use: its sockets are closed, and then it is out of the registry.
    drop(open);
}

fn poll_relay(line: &Line, cx: &mut Context<'_>) -> Poll<io::Result<Option<ClosedBecause>>> {
    let Some(upstream) = line.upstream() else { return Poll::Ready(Ok(None)) };
    let mut state = line.lock();
    let state = &mut *state;
    loop {
        let down = poll_down(line, upstream, state, cx)?;
        let up = poll_up(line, upstream, state, cx)?;
        for step in [&down, &up] {
            if let Poll::Ready(Step::Close(why)) = step {
                return Poll::Ready(Ok(Some(*why)));
            }
        }
        if state.upstream.ended && state.client.unsent.is_empty() {
            return Poll::Ready(Ok(None));
        }
        if down.is_pending() && up.is_pending() {
            return Poll::Pending;
        }
    }
}

/// What one turn of a direction led to. `Pending` means that nothing more can be done in it for now.
enum Step {
    Moved,
    Close(ClosedBecause),
}

/// From the upstream to the app.
fn poll_down(line: &Line, upstream: &TcpStream, state: &mut State, cx: &mut Context<'_>) -> io::Result<Poll<Step>> {
    if !state.client.unsent.is_empty() && poll_flush(&line.client, cx, &mut state.client.unsent)?.is_pending() {
        return Ok(Poll::Pending);
    }
    if let Some(relay) = state.relay.as_deref_mut()
        && relay.has_replies()
        && relay.is_between_lines()
    {
        let replies = relay.take_replies();
        state.queue_for_client(&replies)?;
        return Ok(Poll::Ready(Step::Moved));
    }
    if state.upstream.ended {
        return Ok(Poll::Pending);
    }
    let size = match (state.upstream.says_much, state.tls.is_some()) {
        (false, _) => SMALL,
        (true, true) => LARGE_TLS,
        (true, false) => LARGE,
    };
    let mut buffer = Lent::new(size);
    let Poll::Ready(read) = poll_read(upstream, cx, &mut buffer) else { return Ok(Poll::Pending) };
    let read = read?;
    state.upstream.says_much = read == buffer.len();
    state.upstream.ended = read == 0;
    if state.upstream.heard.is_empty() {
        let (used, close) = send_down(line, state, &buffer[..read])?;
        state.upstream.heard.extend_from_slice(&buffer[used..read]);
        Ok(Poll::Ready(close.map_or(Step::Moved, Step::Close)))
    } else {
        let mut joined = std::mem::take(&mut state.upstream.heard);
        joined.extend_from_slice(&buffer[..read]);
        let (used, close) = send_down(line, state, &joined)?;
        state.upstream.heard = joined.split_off(used);
        Ok(Poll::Ready(close.map_or(Step::Moved, Step::Close)))
    }
}

/// Sends what may go of the upstream's bytes: in as few pieces as can be. Gives how many it has done with.
fn send_down(line: &Line, state: &mut State, bytes: &[u8]) -> io::Result<(usize, Option<ClosedBecause>)> {
    let Some(mut relay) = state.relay.take() else { return Ok((bytes.len(), None)) };
    let (mut sent, mut at) = (0, 0);
    let mut close = None;
    loop {
        let (done, instead) = match relay.from_server(&bytes[at..]) {
            Server::Forward(n) => {
                at += n;
                continue;
            }
            Server::Replace(n, instead) => (n, instead),
            Server::Drop(n) => (n, Vec::new()),
            Server::Wait => break,
            Server::Close(why) => {
                close = Some(why);
                break;
            }
        };
        to_client(line, state, &bytes[sent..at])?;
        to_client(line, state, &instead)?;
        at += done;
        sent = at;
    }
    to_client(line, state, &bytes[sent..at])?;
    state.relay = Some(relay);
    Ok((at, close))
}

fn to_client(line: &Line, state: &mut State, text: &[u8]) -> io::Result<()> {
    let mut rest = text;
    if state.tls.is_none() && state.client.unsent.is_empty() {
        rest = &text[write_now(&line.client, text)?..];
    }
    if rest.is_empty() { Ok(()) } else { state.queue_for_client(rest) }
}

/// From the app to the upstream.
fn poll_up(line: &Line, upstream: &TcpStream, state: &mut State, cx: &mut Context<'_>) -> io::Result<Poll<Step>> {
    if !state.upstream.unsent.is_empty() && poll_flush(upstream, cx, &mut state.upstream.unsent)?.is_pending() {
        return Ok(Poll::Pending);
    }
    if !state.client.heard.is_empty() {
        // What was kept: the upstream may have answered meanwhile.
        let mut kept = std::mem::take(&mut state.client.heard);
        let (used, close) = send_up(upstream, state, &kept)?;
        let more = std::mem::take(&mut state.client.heard);
        kept.drain(..used);
        kept.extend_from_slice(&more);
        state.client.heard = if kept.is_empty() { Vec::new() } else { kept };
        if let Some(why) = close {
            return Ok(Poll::Ready(Step::Close(why)));
        }
        if used > 0 {
            return Ok(Poll::Ready(Step::Moved));
        }
    }
    let listening = state.relay.as_ref().is_none_or(|relay| relay.listens_to_client());
    if state.client.ended {
        // What is kept goes first, unless it is half a command that nobody will complete.
        if state.client.heard.is_empty() || listening {
            end_up(upstream, state);
        }
        return Ok(Poll::Pending);
    }
    if !listening || state.client.heard.len() > UNHEARD_MAX {
        return Ok(Poll::Pending);
    }
    let size = match (state.client.says_much, state.tls.is_some()) {
        (false, _) => SMALL,
        (true, _) => LARGE_TLS,
    };
    let mut buffer = Lent::new(size);
    let Poll::Ready(read) = poll_read(&line.client, cx, &mut buffer) else { return Ok(Poll::Pending) };
    let read = read?;
    state.client.says_much = read == buffer.len();
    state.client.ended |= read == 0;
    if state.tls.is_none() && state.client.heard.is_empty() {
        let (used, close) = send_up(upstream, state, &buffer[..read])?;
        state.client.heard.extend_from_slice(&buffer[used..read]);
        return Ok(Poll::Ready(close.map_or(Step::Moved, Step::Close)));
    }
    state.take_in(&mut buffer[..read])?;
    Ok(Poll::Ready(Step::Moved))
}

/// The app sends no more: so the upstream is told, once all has gone there. Its last words still go to the app.
fn end_up(upstream: &TcpStream, state: &State) {
    if state.upstream.unsent.is_empty() && !state.upstream.ended {
        // A second time does nothing.
        let _ended = rustix::net::shutdown(upstream, Shutdown::Write);
    }
}

/// Sends what may go of the app's bytes. Gives how many it has done with.
fn send_up(upstream: &TcpStream, state: &mut State, bytes: &[u8]) -> io::Result<(usize, Option<ClosedBecause>)> {
    let Some(mut relay) = state.relay.take() else { return Ok((0, None)) };
    let (mut sent, mut at) = (0, 0);
    let mut close = None;
    loop {
        let (done, instead) = match relay.from_client(&bytes[at..]) {
            Client::Forward(n) => {
                at += n;
                continue;
            }
            Client::Replace(n, instead) => (n, instead),
            Client::Drop(n) => (n, Vec::new()),
            Client::Wait => break,
            Client::Close(why) => {
                close = Some(why);
                break;
            }
        };
        to_upstream(upstream, state, &bytes[sent..at])?;
        to_upstream(upstream, state, &instead)?;
        at += done;
        sent = at;
    }
    to_upstream(upstream, state, &bytes[sent..at])?;
    state.relay = Some(relay);
    Ok((at, close))
}

fn to_upstream(upstream: &TcpStream, state: &mut State, text: &[u8]) -> io::Result<()> {
    let mut rest = text;
    if state.upstream.unsent.is_empty() {
        rest = &text[write_now(upstream, text)?..];
    }
    state.upstream.unsent.extend_from_slice(rest);
    Ok(())
}

/// Writes what fits now.
fn write_now(socket: &TcpStream, text: &[u8]) -> io::Result<usize> {
    if text.is_empty() {
        return Ok(0);
    }
    match socket.try_write(text) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
