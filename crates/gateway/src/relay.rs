//! Relaying: both streams pass, at the pace of whoever reads. The task that does it is small, since there are as many
//! as there are apps that wait for mail.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::net::Shutdown;
use tokio::net::TcpStream;
use valetkey_accounts::Place;
use valetkey_accounts::gate::OpenUse;
use valetkey_domain::LastUse;
use valetkey_wire::conversation::{ClosedBecause, Farewell, Passage};

use crate::buffers::{LARGE, LARGE_TLS, Lent, SMALL};
use crate::line::{End, Line, State, poll_flush, poll_read};

/// What an app may have said that waits for the upstream to answer first. An app that goes on is not heard.
const UNHEARD_MAX: usize = 128 * 1024;

/// Why a relay is over.
enum Over {
    /// Either side has ended.
    Ended,
    /// The streams could not be followed.
    Lost(ClosedBecause),
    /// Nothing has passed for too long.
    Idle,
}

/// Relays until either side ends, the use is cut, or nothing has passed for as long as `idle`, and half of it again at most.
pub(crate) async fn run(line: Arc<Line>, open: OpenUse, place: Place, idle: Duration) {
    let half = idle / 2;
    let mut watch = pin!(tokio::time::sleep(half));
    let (mut passed, mut quiet) = (0, 0);
    let ended = std::future::poll_fn(|cx| {
        let ended = poll_relay(&line, cx);
        let named = line.lock().relay.as_mut().and_then(|relay| relay.take_client_name());
        if let Some(name) = named.as_deref().and_then(LastUse::client_name) {
            open.name_client(name);
        }
        // It is looked twice in that time whether more has passed: setting an alarm anew for every byte would cost more.
        while ended.is_pending() && watch.as_mut().poll(cx).is_ready() {
            let next = watch.deadline() + half;
            watch.as_mut().reset(next);
            let now = line.passed();
            quiet = if now == passed { quiet + 1 } else { 0 };
            passed = now;
            if quiet == 2 {
                return Poll::Ready(Ok(Over::Idle));
            }
        }
        ended
    })
    .await;
    match ended {
        Ok(Over::Ended) => {}
        Ok(Over::Lost(why)) => {
            tracing::info!(peer = %line.peer, ?why, "a connection was closed: its streams could not be followed");
            line.say_last_replies();
        }
        Ok(Over::Idle) => {
            tracing::debug!(peer = %line.peer, "a connection was closed: nothing has passed for too long");
            line.say_goodbye(Farewell::Idle);
        }
        Err(error) => tracing::debug!(peer = %line.peer, %error, "a connection ended"),
    }
    // Ends the use: its sockets are closed, and then it is out of the registry.
    drop(open);
    drop(place);
}

fn poll_relay(line: &Line, cx: &mut Context<'_>) -> Poll<io::Result<Over>> {
    let mut state = line.lock();
    let state = &mut *state;
    loop {
        let down = poll_pass(line, End::Upstream, state, cx)?;
        let up = poll_pass(line, End::App, state, cx)?;
        for step in [&down, &up] {
            if let Poll::Ready(Step::Close(why)) = step {
                return Poll::Ready(Ok(Over::Lost(*why)));
            }
        }
        if down.is_pending() && state.side(End::Upstream).ended && state.side(End::App).unsent.is_empty() {
            return Poll::Ready(Ok(Over::Ended));
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

/// What one end said goes to the other.
fn poll_pass(line: &Line, from: End, state: &mut State, cx: &mut Context<'_>) -> io::Result<Poll<Step>> {
    let to = from.other();
    let unsent = &mut state.side(to).unsent;
    if !unsent.is_empty() && poll_flush(line.socket(to)?, cx, unsent)?.is_pending() {
        return Ok(Poll::Pending);
    }
    if from == End::Upstream && queue_replies(state)? {
        return Ok(Poll::Ready(Step::Moved));
    }
    if let Some(step) = pass_kept(line, from, state)? {
        return Ok(Poll::Ready(step));
    }
    let listening = is_listened_to(from, state);
    let side = state.side(from);
    if side.ended {
        // What is kept goes first, unless it is half a command that nobody will complete.
        if from == End::App && (side.heard.is_empty() || listening) {
            end_up(line.socket(to)?, state);
        }
        return Ok(Poll::Pending);
    }
    if !listening {
        return Ok(Poll::Pending);
    }
    let size = match (side.says_much, from == End::App || side.has_tls() || state.side(to).has_tls()) {
        (false, _) => SMALL,
        (true, true) => LARGE_TLS,
        (true, false) => LARGE,
    };
    let mut buffer = Lent::new(size);
    let Poll::Ready(read) = poll_read(line.socket(from)?, cx, &mut buffer) else { return Ok(Poll::Pending) };
    let read = read?;
    let side = state.side(from);
    side.says_much = read == buffer.len();
    side.ended |= read == 0;
    if side.has_tls() || !side.heard.is_empty() {
        side.take_in(&mut buffer[..read])?;
        return Ok(Poll::Ready(Step::Moved));
    }
    let (used, close) = pass(line, from, state, &buffer[..read])?;
    state.side(from).heard.extend_from_slice(&buffer[used..read]);
    Ok(Poll::Ready(close.map_or(Step::Moved, Step::Close)))
}

/// Puts the gateway's own answers between two lines of the upstream; `false` if there are none, or no place for them.
fn queue_replies(state: &mut State) -> io::Result<bool> {
    let Some(relay) = state.relay.as_deref_mut() else { return Ok(false) };
    if !relay.has_replies() || !relay.is_between_lines() {
        return Ok(false);
    }
    let replies = relay.take_replies();
    state.side(End::App).queue(&replies)?;
    Ok(true)
}

/// Passes on what was kept: there may be more of it now, or the other side has answered.
fn pass_kept(line: &Line, from: End, state: &mut State) -> io::Result<Option<Step>> {
    if state.side(from).heard.is_empty() {
        return Ok(None);
    }
    let mut kept = std::mem::take(&mut state.side(from).heard);
    let (used, close) = pass(line, from, state, &kept)?;
    // Whatever TLS has brought in the meantime comes behind it.
    let more = std::mem::take(&mut state.side(from).heard);
    kept.drain(..used);
    kept.extend_from_slice(&more);
    state.side(from).heard = if kept.is_empty() { Vec::new() } else { kept };
    Ok(close.map(Step::Close).or_else(|| (used > 0).then_some(Step::Moved)))
}

fn is_listened_to(from: End, state: &mut State) -> bool {
    from == End::Upstream
        || state.side(from).heard.len() <= UNHEARD_MAX
            && state.relay.as_ref().is_none_or(|relay| relay.listens_to_client())
}

/// The app sends no more: so the upstream is told, once all has gone there. Its last words still go to the app.
fn end_up(upstream: &TcpStream, state: &mut State) {
    let side = state.side(End::Upstream);
    if side.unsent.is_empty() && !side.ended {
        // A second time does nothing.
        let _ended = rustix::net::shutdown(upstream, Shutdown::Write);
    }
}

/// Sends what may go of what one end said: in as few pieces as can be. Gives how many bytes it has done with.
fn pass(line: &Line, from: End, state: &mut State, bytes: &[u8]) -> io::Result<(usize, Option<ClosedBecause>)> {
    let Some(mut relay) = state.relay.take() else { return Ok((0, None)) };
    let to = from.other();
    let (mut sent, mut at) = (0, 0);
    let mut close = None;
    loop {
        let next = &bytes[at..];
        let passage = if from == End::App { relay.client_said(next) } else { relay.server_said(next) };
        let (done, instead) = match passage {
            Passage::Forward(n) => {
                at += n;
                continue;
            }
            Passage::Replace(n, instead) => (n, instead),
            Passage::Drop(n) => (n, Vec::new()),
            Passage::Wait => break,
            Passage::Close(why) => {
                close = Some(why);
                break;
            }
        };
        send(line, to, state, &bytes[sent..at])?;
        send(line, to, state, &instead)?;
        at += done;
        sent = at;
    }
    send(line, to, state, &bytes[sent..at])?;
    state.relay = Some(relay);
    line.count(from, at);
    Ok((at, close))
}

/// Sends what fits now, and keeps the rest to be sent.
fn send(line: &Line, to: End, state: &mut State, text: &[u8]) -> io::Result<()> {
    let side = state.side(to);
    let mut rest = text;
    if !side.has_tls() && side.unsent.is_empty() {
        rest = &text[write_now(line.socket(to)?, text)?..];
    }
    if rest.is_empty() { Ok(()) } else { side.queue(rest) }
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
