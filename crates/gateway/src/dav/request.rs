//! One request: from its head to its answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderValue, USER_AGENT,
};
use http::request::Parts;
use http::uri::Authority;
use http::{Request, StatusCode};
use hyper::body::{Body as _, Bytes, Incoming};
use valetkey_accounts::{Accepted, Answer as Refused, Attempt, Refusal, SignIn, chain};
use valetkey_domain::Service;
use valetkey_wire::dav::{self, BodyError, Path, ReferenceError};
use valetkey_wire::http_auth::Sent;
use valetkey_wire::sasl::SecretKind;

use super::answer::{self, Answer};
use super::body::{Collected, Downward, Over, Rest, Upward, collect};
use super::connection::Connection;
use super::exchange::{End, Exchange, When};
use super::layout::{Depth, Ground};
use super::upstream::{self, Origin, Terms, UpstreamError};
use super::{Gateway, headers};

/// What goes on to an upstream. Others bind resources to each other, or say who may what, by references in their bodies.
const METHODS: [&str; 15] = [
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LOCK",
    "MKCALENDAR",
    "MKCOL",
    "MOVE",
    "OPTIONS",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "REPORT",
    "UNLOCK",
];
/// The most of a body without a length that is collected to tell it: servers in WSGI take none without one.
const COLLECTED_BYTES_MAX: usize = 1024 * 1024;
/// The most of a question for properties that the gateway answers itself.
const PROPFIND_BYTES_MAX: usize = 64 * 1024;
/// The most of a body that is heard, and how long, though its request is answered already.
const HEARD_BYTES_MAX: usize = 8 * 1024 * 1024;
const HEARING_TIME: Duration = Duration::from_secs(5);
/// Why a body is there.
const ONCE: &str = "a body is taken once on the way of its request";

/// Nothing is answered: the exchange was cut.
#[derive(Debug, thiserror::Error)]
#[error("it was cut")]
pub(super) struct Severed;

/// How a step came out that may be the last.
type Step<T> = Result<T, Ended>;

/// How a request ends before its last step.
enum Ended {
    Answered(Box<Answer>),
    Severed,
}

/// Ends with an answer.
fn no<T>(answer: Answer) -> Step<T> {
    Err(Ended::Answered(Box::new(answer)))
}

/// What a request names, understood.
struct Named {
    authority: Authority,
    path: Path,
    ground: Ground,
    network: Option<IpAddr>,
}

impl Gateway {
    /// Answers a request, by whichever way it comes to an end.
    pub(super) async fn answer(
        self: Arc<Self>,
        connection: Arc<Connection>,
        end: Arc<End>,
        request: Request<Incoming>,
    ) -> Result<Answer, Severed> {
        let (head, body) = request.into_parts();
        let body = Rest::new(body);
        let answered = match self.try_answer(&connection, end, &head, &body).await {
            Ok(answer) => Ok(answer),
            Err(Ended::Answered(answer)) => Ok(*answer),
            Err(Ended::Severed) => Err(Severed),
        };
        // An app that is interrupted in what it says does not hear why, or has to connect anew to say it again.
        let is_heard = answered.is_ok() && !head.headers.contains_key(EXPECT);
        if is_heard {
            // Past that time it has its answer, and is interrupted.
            drop(tokio::time::timeout(HEARING_TIME, body.hear(HEARD_BYTES_MAX)).await);
        }
        answered
    }

    async fn try_answer(&self, connection: &Arc<Connection>, end: Arc<End>, head: &Parts, body: &Rest) -> Step<Answer> {
        let busy = connection.begin();
        if is_well_known(head.uri.path()) {
            return Ok(answer::to_root());
        }
        let named = self.named(connection, head)?;
        let exchange = connection.exchange(end);
        let Accepted { login, credential, scopes, open, account, .. } = self.sign_in(&named, head, &exchange).await?;
        connection.leave_lobby();
        let over = Over {
            exchange,
            connection: Arc::clone(connection),
            credential,
            open: Some(open),
            when: When::InTheMiddle,
            _busy: busy,
        };
        if self.accounts.gate().uses_of(account) > self.settings.limits.connections_per_account {
            tracing::info!(%login, "an account has as many requests and connections as it may: another was turned away");
            return no(answer::later(StatusCode::TOO_MANY_REQUESTS));
        }
        let layout = &self.settings.upstreams.home(login.as_str()).terms.layout;
        let service = match named.ground {
            ground @ (Ground::Root | Ground::Home) => {
                if ground == Ground::Home && !named.path.is_in_home_of(login.as_str()) {
                    return no(forbidden());
                }
                let (depth, asked) = self.asked(head, body, &over.exchange.end).await?;
                let text = layout.show(ground, depth, &asked, &login, scopes);
                return Ok(answer::xml(StatusCode::MULTI_STATUS, text));
            }
            Ground::Kept(service) if named.path.is_in_home_of(login.as_str()) => service,
            Ground::Kept(_) | Ground::Nowhere => return no(forbidden()),
        };
        let is_theirs =
            |path: &Path| path.is_in_home_of(login.as_str()) && layout.ground(path) == Ground::Kept(service);
        let destination = confined(head, &named.authority, &is_theirs)?;
        let body = self.looked_into(head, body, &named.authority, &is_theirs, &over.exchange.end).await?;
        let upstream = self.settings.upstreams.of(login.as_str(), service);
        let Some(request) = upward(head, &named, destination.as_ref(), login.as_str(), body, &upstream.terms) else {
            return no(bad("This request cannot be handed on: a header or the address is malformed."));
        };
        let open = over.open.as_ref().expect("it is taken when it is over");
        let origin = Origin { connection, network: named.network };
        let idle = self.settings.limits.idle;
        match upstream::ask(upstream, request, &over.exchange, open, origin, idle).await {
            Ok(answered) => downward(answered, over),
            Err(error) => broken(&error),
        }
    }

    /// What a request names, if there is one way to understand it.
    fn named(&self, connection: &Connection, head: &Parts) -> Step<Named> {
        if !METHODS.contains(&head.method.as_str()) {
            return no(answer::status(StatusCode::METHOD_NOT_ALLOWED));
        }
        let Some(authority) = headers::authority(head) else {
            return no(bad("A request names one host, in one way."));
        };
        let path = match Path::parse(head.uri.path().as_bytes()) {
            Ok(path) => path,
            Err(error) => {
                tracing::debug!(peer = %connection.peer, %error, "a request whose path can be read in several ways was turned away");
                return no(bad("This path can be read in several ways: write it plainly."));
            }
        };
        // What a path is for has to be known before somebody signs in for it: as it is laid out for whoever's home it is in.
        let home = path.segments().first().map_or("", String::as_str);
        let ground = self.settings.upstreams.home(home).terms.layout.ground(&path);
        Ok(Named { authority, path, ground, network: connection.network(&head.headers) })
    }

    async fn sign_in(&self, named: &Named, head: &Parts, exchange: &Arc<Exchange>) -> Step<Accepted> {
        let mut said = head.headers.get_all(AUTHORIZATION).iter();
        // Malformed, another scheme, or two: no attempt was made, and the app is told how to make one.
        let sent = match (said.next(), said.next()) {
            (Some(one), None) => self.challenges.read(one.as_bytes()),
            _ => None,
        };
        let Some(Sent { kind, login, secret }) = sent else {
            return no(answer::unauthorized(&self.challenges, None, None));
        };
        let attempt = Attempt {
            login: &login,
            acting_for: None,
            secret: &secret,
            only_canonical: false,
            service: if let Ground::Kept(service) = named.ground { service } else { Service::Dav },
            network: named.network,
            tls: true,
            client: head.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()),
        };
        let sever = Arc::clone(exchange) as _;
        let decided = match kind {
            SecretKind::Password => self.accounts.sign_in_app(&attempt, sever).await,
            SecretKind::Token => self.accounts.sign_in_with_token(&attempt, sever).await,
        };
        match decided {
            SignIn::Accepted(accepted) => Ok(accepted),
            SignIn::Cut => Err(Ended::Severed),
            SignIn::Broken(_) => no(answer::later(StatusCode::SERVICE_UNAVAILABLE)),
            SignIn::Refused(refusal) => {
                let answer = self.settle(refusal, named.network).await;
                if answer == Refused::LacksScope {
                    return no(answer::lacks_scope(&self.challenges, attempt.service));
                }
                let advice = (answer == Refused::UseAppPassword).then_some(&*self.settings.advice);
                no(answer::unauthorized(&self.challenges, Some(kind), advice))
            }
        }
    }

    /// Waits until a refusal may be said. Where too many of one network wait already it comes on the next beat: a connection
    /// kept costs more than a guess.
    async fn settle(&self, refusal: Refusal, network: Option<IpAddr>) -> Refused {
        match self.waiting.enter(network) {
            Some(_place) => refusal.settle().await,
            None => refusal.settle_promptly().await,
        }
    }

    /// What is asked where the gateway answers itself.
    async fn asked(&self, head: &Parts, body: &Rest, end: &End) -> Step<(Depth, dav::Asked)> {
        match head.method.as_str() {
            "PROPFIND" => {}
            "OPTIONS" => return no(answer::options()),
            _ => return no(answer::not_allowed()),
        }
        let depth = match head.headers.get("depth").map(HeaderValue::as_bytes) {
            Some(b"0") => Depth::Zero,
            Some(b"1") => Depth::One,
            // What does not say is for everything there is (RFC 4918 section 9.1).
            _ => return no(answer::condition(StatusCode::FORBIDDEN, "propfind-finite-depth")),
        };
        let body = self.whole(body, PROPFIND_BYTES_MAX, end).await?;
        match dav::propfind(&body) {
            Ok(asked) => Ok((depth, asked)),
            Err(_) => no(bad("This is no PROPFIND as RFC 4918 has it, or it is not well-formed XML.")),
        }
    }

    /// The body as it goes on: that of a report is looked into first, since it names resources too.
    async fn looked_into(
        &self,
        head: &Parts,
        body: &Rest,
        authority: &Authority,
        is_theirs: &impl Fn(&Path) -> bool,
        end: &Arc<End>,
    ) -> Step<Upward> {
        if head.method.as_str() == "REPORT" {
            let is_plain = !head.headers.contains_key(CONTENT_ENCODING)
                && head.headers.get_all(CONTENT_TYPE).iter().all(|kind| dav::is_utf8(kind.as_bytes()));
            if !is_plain {
                return no(answer::status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            let body = self.whole(body, dav::REPORT_BYTES_MAX, end).await?;
            let references = match dav::report(&body) {
                Ok(references) => references,
                Err(BodyError::Encoding) => return no(answer::status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
                Err(BodyError::Malformed) => {
                    return no(bad("This report is not well-formed XML, or has what no report needs."));
                }
                Err(BodyError::Report) => return no(answer::condition(StatusCode::FORBIDDEN, "supported-report")),
            };
            for reference in references {
                is_within(reference.as_bytes(), authority, is_theirs)?;
            }
            return Ok(Upward::whole(body, Arc::clone(end)));
        }
        let taken = body.take().expect(ONCE);
        if taken.size_hint().exact().is_some() {
            return Ok(Upward::streamed(taken, body, Arc::clone(end)));
        }
        match tokio::time::timeout(self.settings.limits.idle, collect(taken, COLLECTED_BYTES_MAX, end)).await {
            Ok(Ok(Collected::Whole(bytes))) => Ok(Upward::whole(bytes, Arc::clone(end))),
            Ok(Ok(Collected::More(bytes, rest))) => Ok(Upward::begun(bytes, rest, body, Arc::clone(end))),
            Ok(Err(_)) => Err(Ended::Severed),
            Err(_) => no(answer::status(StatusCode::REQUEST_TIMEOUT)),
        }
    }

    /// A whole body, if it is there in time and not too long. What is too long is not waited for.
    async fn whole(&self, body: &Rest, most: usize, end: &End) -> Step<Bytes> {
        let too_large = || no(answer::status(StatusCode::PAYLOAD_TOO_LARGE));
        let most_of_all = u64::try_from(most).expect("a length");
        if body.least() > most_of_all {
            return too_large();
        }
        let taken = body.take().expect(ONCE);
        match tokio::time::timeout(self.settings.limits.idle, collect(taken, most, end)).await {
            Ok(Ok(Collected::Whole(bytes))) => Ok(bytes),
            Ok(Ok(Collected::More(_, rest))) => {
                // Heard on for a while: an app that is still speaking does not hear an answer.
                body.put_back(rest);
                too_large()
            }
            Ok(Err(_)) => Err(Ended::Severed),
            Err(_) => no(answer::status(StatusCode::REQUEST_TIMEOUT)),
        }
    }
}

/// The request as the upstream gets it; `None` if something in it cannot be written.
fn upward(
    head: &Parts,
    named: &Named,
    destination: Option<&Path>,
    login: &str,
    body: Upward,
    terms: &Terms,
) -> Option<Request<Upward>> {
    let identity = &terms.identity_header;
    let query = head.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let mut request = Request::new(body);
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = format!("{}{query}", named.path).parse().ok()?;
    // Without one only where there is no body: then nothing is said of it either.
    let length = request.body().size_hint().exact();
    let length = length.filter(|length| *length > 0 || head.headers.contains_key(CONTENT_LENGTH));
    let up = request.headers_mut();
    let between_neighbours = headers::named_by_connection(&head.headers);
    for (name, value) in &head.headers {
        if headers::goes_up(name, identity) && !between_neighbours.contains(name) {
            up.append(name, value.clone());
        }
    }
    headers::add_origin(up, &named.authority, named.network);
    up.insert(identity.clone(), headers::identity(login, terms.identity_encoding)?);
    // It is asked one thing: what else might be hidden in a body is never a second request to it.
    up.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(path) = destination {
        up.insert("destination", HeaderValue::try_from(format!("https://{}{path}", named.authority)).ok()?);
    }
    if let Some(length) = length {
        up.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Some(request)
}

/// Whether it asks where a service begins (RFC 6764 section 5), or looks where Nextcloud has it: so do apps that got their app
/// password as Nextcloud gives it.
fn is_well_known(path: &str) -> bool {
    matches!(path.trim_end_matches('/'), "/.well-known/caldav" | "/.well-known/carddav" | "/remote.php/dav")
}

/// Sees to it that what headers refer to is the account's own; gives where something is to go.
fn confined(head: &Parts, authority: &Authority, is_theirs: &impl Fn(&Path) -> bool) -> Step<Option<Path>> {
    let several = |name: &str| head.headers.get_all(name).iter().nth(1).is_some();
    if several("if") || several("destination") || several("depth") {
        return no(bad("If, Destination and Depth may be there once."));
    }
    if let Some(conditions) = head.headers.get("if") {
        let Ok(references) = dav::tagged(conditions.as_bytes()) else {
            return no(bad("The If header is none as RFC 4918 has it."));
        };
        for reference in references {
            is_within(reference, authority, is_theirs)?;
        }
    }
    let is_wanted = matches!(head.method.as_str(), "COPY" | "MOVE");
    match head.headers.get("destination") {
        Some(destination) if is_wanted => is_within(destination.as_bytes(), authority, is_theirs).map(Some),
        // Elsewhere it means nothing, and does not go on.
        _ => Ok(None),
    }
}

/// What is asked for is not the account's own, or is not for calendars or contacts: which, is not said.
fn forbidden() -> Answer {
    answer::told(
        StatusCode::FORBIDDEN,
        "An account has calendars and contacts in its own home, and this app nothing else.",
    )
}

/// What cannot be understood, or in several ways.
fn bad(why: &str) -> Answer {
    answer::told(StatusCode::BAD_REQUEST, why)
}

fn is_within(reference: &[u8], authority: &Authority, is_theirs: &impl Fn(&Path) -> bool) -> Step<Path> {
    match dav::reference(reference, authority.as_str()) {
        Ok(path) if is_theirs(&path) => Ok(path),
        Ok(_) => no(forbidden()),
        // As RFC 4918 section 9.8.5 has it for a destination on another server.
        Err(ReferenceError::Elsewhere) => no(answer::status(StatusCode::BAD_GATEWAY)),
        Err(ReferenceError::Path(_)) => no(bad("This request refers to a path that can be read in several ways.")),
    }
}

/// What the upstream answered, as the app gets it.
fn downward(answered: http::Response<Incoming>, over: Over) -> Step<Answer> {
    // It was not told who somebody is, or does not believe it: nobody's password is wrong.
    if answered.status() == StatusCode::UNAUTHORIZED {
        tracing::warn!("the upstream of [dav] asks for a password: it must believe dav.identity_header, or ask nobody");
        return no(answer::status(StatusCode::BAD_GATEWAY));
    }
    let (mut parts, body) = answered.into_parts();
    headers::clean_answer(&mut parts.headers);
    parts.version = http::Version::default();
    parts.extensions.clear();
    Ok(Answer::from_parts(parts, answer::boxed(Downward::new(body, over))))
}

fn broken(error: &UpstreamError) -> Step<Answer> {
    let code = match error {
        UpstreamError::Cut => return Err(Ended::Severed),
        UpstreamError::Connect(_) | UpstreamError::Unsafe(_) => StatusCode::SERVICE_UNAVAILABLE,
        UpstreamError::Unanswered(_) => StatusCode::BAD_GATEWAY,
        UpstreamError::Silent => StatusCode::GATEWAY_TIMEOUT,
    };
    tracing::warn!(error = %chain(error), "a request could not be taken upstream");
    no(answer::later(code))
}
