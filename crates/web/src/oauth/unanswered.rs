//! Why an app that brings somebody is not answered with a code, in the words of RFC 6749 section 4.1.2.1 and `OpenID` Connect Core
//! section 3.1.2.6. What it is told stands in an address: nothing of what it sent is repeated there, and nothing is said that is
//! anybody's.

use std::borrow::Cow;

use super::refused::no_scope;

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// A parameter is there twice.
    Twins,
    ResponseMode,
    /// It asks by a signed object.
    Request,
    /// The same, elsewhere.
    RequestUri,
    NoResponseType,
    ResponseType,
    ChallengeMethod,
    Challenge,
    Scope,
    Prompt,
    MaxAge,
    /// Nobody is signed in, or not lately enough, and no page may be shown.
    LoginRequired,
    /// Nobody has said yes, and no page may be shown.
    ConsentRequired,
    /// Whoever is signed in has no second factor, and no page may be shown.
    InteractionRequired,
    /// They have said no.
    Denied,
}

impl Unanswered {
    #[cfg(test)]
    const ALL: [Self; 15] = [
        Self::Twins,
        Self::ResponseMode,
        Self::Request,
        Self::RequestUri,
        Self::NoResponseType,
        Self::ResponseType,
        Self::ChallengeMethod,
        Self::Challenge,
        Self::Scope,
        Self::Prompt,
        Self::MaxAge,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::Denied,
    ];

    /// For the app.
    pub(super) const fn error(self) -> &'static str {
        match self {
            Self::Twins
            | Self::ResponseMode
            | Self::NoResponseType
            | Self::ChallengeMethod
            | Self::Challenge
            | Self::Prompt
            | Self::MaxAge => "invalid_request",
            Self::Request => "request_not_supported",
            Self::RequestUri => "request_uri_not_supported",
            Self::ResponseType => "unsupported_response_type",
            Self::Scope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::Denied => "access_denied",
        }
    }

    /// For whoever has made the app: letters, digits and marks that may stand there.
    pub(super) fn description(self) -> Cow<'static, str> {
        match self {
            Self::Twins => "A parameter is there more than once.",
            Self::ResponseMode => "response_mode is query, or left out.",
            Self::Request => "Signed requests are not taken: leave request out.",
            Self::RequestUri => "Signed requests are not taken: leave request_uri out.",
            Self::NoResponseType => "response_type is missing: it is code.",
            Self::ResponseType => "response_type is code.",
            Self::ChallengeMethod => "code_challenge_method is S256, and is always needed.",
            Self::Challenge => "code_challenge is the SHA-256 of the code_verifier in base64url, without padding.",
            Self::Scope => return no_scope().into(),
            Self::Prompt => "prompt is none alone, or has nothing to do with none.",
            Self::MaxAge => "max_age is a number of seconds.",
            Self::LoginRequired => "Nobody is signed in here, or not lately enough: ask without prompt=none.",
            Self::ConsentRequired => "The user has to be asked: ask without prompt=none.",
            Self::InteractionRequired => "The user has no second factor yet: ask without prompt=none.",
            Self::Denied => "The user has said no.",
        }
        .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_have_only_what_may_stand_in_one_and_are_short() {
        let mut seen = Vec::new();
        for why in Unanswered::ALL {
            let text = why.description().into_owned();
            assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{text}");
            assert!((10..=220).contains(&text.len()) && text.ends_with('.'), "{text}");
            assert!(!seen.contains(&text), "two say the same: {text}");
            seen.push(text);
        }
        assert!(Unanswered::Scope.description().contains("urn:ietf:params:oauth:scope:mail"));
    }
}
