//! One order: the account, the proof that each name leads here, the certificate.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder, Order, OrderStatus, Problem,
    RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use valetkey_domain::Timestamp;
use zeroize::Zeroizing;

use super::files::{FileError, Files, facts};
use super::transport::Transport;
use super::{Challenges, Settings, Validity};

/// How long one waits for the server to look, and to sign.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum OrderError {
    #[error(transparent)]
    Kept(#[from] FileError),
    #[error("{0}")]
    Refused(String),
    #[error("what the ACME server answers is not ACME, so its address may be wrong")]
    NoAcme(#[source] serde_json::Error),
    #[error("the ACME server cannot be asked")]
    Unasked(#[source] Error),
    #[error("the ACME server offers no proof by HTTP-01 for {0}")]
    NoHttp01(String),
    #[error("the ACME server has not come to an end in time")]
    TooSlow,
    #[error("the ACME server has given a certificate that cannot be used: {0}")]
    Unusable(&'static str),
}

impl From<Error> for OrderError {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(problem) => Self::Refused(format!("the ACME server refuses: {}", said(&problem))),
            Error::Json(error) => Self::NoAcme(error),
            Error::Timeout(_) => Self::TooSlow,
            other => Self::Unasked(other),
        }
    }
}

/// Has a certificate issued, and keeps it. Tells until when it is good.
pub(super) async fn carry_out(
    settings: &Settings,
    files: &Files,
    challenges: &Challenges,
    now: Timestamp,
) -> Result<Validity, OrderError> {
    let account = account(settings, files).await?;
    let names: Vec<Identifier> = settings.domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = match account.new_order(&NewOrder::new(&names)).await {
        Ok(order) => order,
        Err(error) => {
            if is_unknown_account(&error) {
                files.forget_account();
            }
            return Err(error.into());
        }
    };
    prove(&mut order, challenges).await?;
    let (chain, key) = finalize(&mut order, &settings.domains).await?;
    let valid = usable(Zeroizing::new([&*chain, &**key].concat()).as_bytes(), &settings.domains, now)?;
    files.keep_certificate(&chain, &key)?;
    Ok(valid)
}

/// The account that is kept, or a new one.
async fn account(settings: &Settings, files: &Files) -> Result<Account, OrderError> {
    let builder = Account::builder_with_http(Box::new(Transport(settings.authorities.clone())));
    if let Some(kept) = files.account()? {
        return Ok(builder.from_credentials(kept).await?);
    }
    let contact = settings.contact.as_ref().map(|address| format!("mailto:{address}"));
    let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
    // That they are agreed to, the configuration says.
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) = builder.create(&new, settings.directory.to_string(), None).await?;
    files.keep_account(&credentials)?;
    tracing::info!(directory = %settings.directory, "an account was made with the ACME server");
    Ok(account)
}

/// Shows the server that each name leads here.
async fn prove(order: &mut Order, challenges: &Challenges) -> Result<(), OrderError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let Some(mut challenge) = authorization.challenge(ChallengeType::Http01) else {
            return Err(OrderError::NoHttp01(name));
        };
        challenges.prove(challenge.token.clone(), challenge.key_authorization().as_str().to_owned());
        challenge.set_ready().await.map_err(|error| match error {
            Error::Api(problem) => OrderError::Refused(unproved(&name, &problem)),
            other => other.into(),
        })?;
    }
    let found = order.poll_ready(&PATIENCE).await;
    if matches!(found, Ok(OrderStatus::Ready)) {
        return Ok(());
    }
    // Only the authorizations know why.
    match (why_unproved(order).await, found) {
        (Some(why), _) => Err(OrderError::Refused(why)),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(_)) => Err(OrderError::Refused("the ACME server refuses the order, and does not say why".into())),
    }
}

async fn why_unproved(order: &mut Order) -> Option<String> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.ok()?;
        authorization.refresh().await.ok()?;
        if let Some(problem) = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
            return Some(unproved(&authorization.identifier().to_string(), problem));
        }
    }
    None
}

fn unproved(name: &str, problem: &Problem) -> String {
    format!("the ACME server has not found the proof for {name} at port 80 there: {}", said(problem))
}

/// Has the order signed: the chain and the key, in PEM.
async fn finalize(order: &mut Order, domains: &[String]) -> Result<(String, Zeroizing<String>), OrderError> {
    let key = KeyPair::generate().map_err(FileError::from)?;
    let mut wanted = CertificateParams::new(domains).map_err(FileError::from)?;
    wanted.distinguished_name = DistinguishedName::new();
    let wanted = wanted.serialize_request(&key).map_err(FileError::from)?;
    order.finalize_csr(wanted.der()).await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    Ok((chain, Zeroizing::new(key.serialize_pem())))
}

/// Whether what was issued is what was asked for.
fn usable(text: &[u8], domains: &[String], now: Timestamp) -> Result<Validity, OrderError> {
    let facts = facts(text).ok_or(OrderError::Unusable("it does not belong to the key"))?;
    if !facts.has(domains) {
        return Err(OrderError::Unusable("it lacks a name that was asked for"));
    }
    if facts.valid.until <= now {
        return Err(OrderError::Unusable("it has ended already; is the clock of this machine right?"));
    }
    Ok(facts.valid)
}

fn is_unknown_account(error: &Error) -> bool {
    let Error::Api(problem) = error else { return false };
    problem.r#type.as_deref() == Some("urn:ietf:params:acme:error:accountDoesNotExist")
}

/// What the server says, and of which kind it is: as it came, since nobody else knows what it means.
fn said(problem: &Problem) -> String {
    let said = |detail: &Option<String>| detail.clone().unwrap_or_else(|| "it does not say why".to_owned());
    let kind = problem.r#type.as_deref().map(|kind| kind.rsplit(':').next().unwrap_or(kind));
    let mut whole = said(&problem.detail);
    for part in &problem.subproblems {
        whole = whole + "; " + &said(&part.detail);
    }
    match kind {
        Some(kind) => format!("{whole} ({kind})"),
        None => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_said_with_what_the_server_says() {
        let problem = |text: &str| serde_json::from_str::<Problem>(text).expect("it is one");
        let plain = problem(r#"{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates"}"#);
        let said = OrderError::from(Error::Api(plain)).to_string();
        assert_eq!(said, "the ACME server refuses: too many certificates (rateLimited)");
        let parts = problem(r#"{"detail":"no","subproblems":[{"detail":"not a.example"},{}]}"#);
        assert_eq!(unproved("b.example", &parts).rsplit(": ").next(), Some("no; not a.example; it does not say why"));
    }

    #[test]
    fn a_certificate_that_lacks_a_name_or_has_ended_or_has_another_key_is_not_used() {
        let names = ["a.example".to_owned(), "b.example".to_owned()];
        let now = Timestamp::from_millis(1_795_226_667_000);
        let make = |names: &[String], year: i32| {
            let key = KeyPair::generate().expect("a key");
            let mut made = CertificateParams::new(names).expect("names");
            made.not_after = rcgen::date_time_ymd(year, 1, 1);
            (made.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
        };
        let why = |(chain, key): (String, String)| {
            usable((chain + &key).as_bytes(), &names, now).err().map(|error| error.to_string())
        };
        let (chain, key) = make(&names, 2100);
        assert_eq!(why((chain.clone(), key)), None);
        let cases = [
            (make(&names[..1], 2100), "it lacks a name"),
            (make(&names, 2020), "it has ended already"),
            ((chain, make(&names, 2100).1), "it does not belong to the key"),
        ];
        for (made, said) in cases {
            let why = why(made).unwrap_or_default();
            assert!(why.contains(said), "{said}: {why}");
        }
    }
}
