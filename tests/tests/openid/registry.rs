//! What is registered: names, their kinds, and values. Each list says where it comes from; IANA's are those of "OAuth
//! Parameters" (<https://www.iana.org/assignments/oauth-parameters>), filled by the documents that are named.

use serde_json::Value;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    /// Where something is asked: `https`, and of the issuer.
    Endpoint,
    /// Texts, at least one.
    Texts,
    Truth,
    Seconds,
}

use Kind::{Endpoint, Seconds, Text, Texts, Truth};

impl Kind {
    pub(crate) fn is_of(self, value: &Value, issuer: &str) -> bool {
        match self {
            Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Endpoint => value.as_str().is_some_and(|text| text.starts_with(&format!("{issuer}/"))),
            Texts => value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_string)),
            Truth => value.is_boolean(),
            Seconds => value.as_u64().is_some(),
        }
    }
}

type Fields = &'static [(&'static str, Kind)];

/// "OAuth Authorization Server Metadata": RFC 8414 section 2.
pub(crate) const RFC_8414: Fields = &[
    ("issuer", Text),
    ("authorization_endpoint", Endpoint),
    ("token_endpoint", Endpoint),
    ("jwks_uri", Endpoint),
    ("registration_endpoint", Endpoint),
    ("scopes_supported", Texts),
    ("response_types_supported", Texts),
    ("response_modes_supported", Texts),
    ("grant_types_supported", Texts),
    ("token_endpoint_auth_methods_supported", Texts),
    ("token_endpoint_auth_signing_alg_values_supported", Texts),
    ("service_documentation", Text),
    ("op_policy_uri", Text),
    ("op_tos_uri", Text),
    ("revocation_endpoint", Endpoint),
    ("revocation_endpoint_auth_methods_supported", Texts),
    ("revocation_endpoint_auth_signing_alg_values_supported", Texts),
    ("introspection_endpoint", Endpoint),
    ("introspection_endpoint_auth_methods_supported", Texts),
    ("introspection_endpoint_auth_signing_alg_values_supported", Texts),
    ("code_challenge_methods_supported", Texts),
];

/// "OAuth Authorization Server Metadata": `OpenID` Connect Discovery 1.0 with errata set 2, section 8.2.1.
pub(crate) const OPENID_DISCOVERY: Fields = &[
    ("userinfo_endpoint", Endpoint),
    ("acr_values_supported", Texts),
    ("subject_types_supported", Texts),
    ("id_token_signing_alg_values_supported", Texts),
    ("id_token_encryption_alg_values_supported", Texts),
    ("id_token_encryption_enc_values_supported", Texts),
    ("userinfo_signing_alg_values_supported", Texts),
    ("userinfo_encryption_alg_values_supported", Texts),
    ("userinfo_encryption_enc_values_supported", Texts),
    ("request_object_signing_alg_values_supported", Texts),
    ("request_object_encryption_alg_values_supported", Texts),
    ("request_object_encryption_enc_values_supported", Texts),
    ("display_values_supported", Texts),
    ("claim_types_supported", Texts),
    ("claims_supported", Texts),
    ("claims_locales_supported", Texts),
    ("claims_parameter_supported", Truth),
    ("request_parameter_supported", Truth),
    ("request_uri_parameter_supported", Truth),
    ("require_request_uri_registration", Truth),
];

/// "OAuth Authorization Server Metadata": RFC 8628 section 7.4, RFC 9126 section 10.3, RFC 9207 section 5.1, RFC 8705
/// section 10.2, RFC 9449 section 12.7, RFC 9396 section 14.4, RFC 9728 section 8.2.
pub(crate) const OTHERS: Fields = &[
    ("device_authorization_endpoint", Endpoint),
    ("pushed_authorization_request_endpoint", Endpoint),
    ("require_pushed_authorization_requests", Truth),
    ("authorization_response_iss_parameter_supported", Truth),
    ("tls_client_certificate_bound_access_tokens", Truth),
    ("dpop_signing_alg_values_supported", Texts),
    ("authorization_details_types_supported", Texts),
    ("protected_resources", Texts),
];

/// What RFC 8414 section 2 and `OpenID` Connect Discovery section 3 demand.
pub(crate) const NEEDED: [&str; 9] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    // These two it recommends.
    "userinfo_endpoint",
    "scopes_supported",
];

/// "OAuth Dynamic Client Registration Metadata": RFC 7591 sections 2 and 3.2.1, RFC 7592 section 3, `OpenID` Connect Dynamic
/// Client Registration 1.0 section 9.1.
pub(crate) const CLIENT: Fields = &[
    ("redirect_uris", Texts),
    ("token_endpoint_auth_method", Text),
    ("grant_types", Texts),
    ("response_types", Texts),
    ("client_name", Text),
    ("client_uri", Text),
    ("logo_uri", Text),
    ("scope", Text),
    ("contacts", Texts),
    ("tos_uri", Text),
    ("policy_uri", Text),
    ("jwks_uri", Text),
    ("software_id", Text),
    ("software_version", Text),
    ("client_id", Text),
    ("client_secret", Text),
    ("client_id_issued_at", Seconds),
    ("client_secret_expires_at", Seconds),
    ("registration_access_token", Text),
    ("registration_client_uri", Text),
    ("application_type", Text),
    ("sector_identifier_uri", Text),
    ("subject_type", Text),
    ("id_token_signed_response_alg", Text),
    ("userinfo_signed_response_alg", Text),
    ("token_endpoint_auth_signing_alg", Text),
    ("default_max_age", Seconds),
    ("require_auth_time", Truth),
    ("default_acr_values", Texts),
    ("initiate_login_uri", Text),
];

/// "OAuth Token Introspection Response": RFC 7662 section 3.1, which takes those of "JSON Web Token Claims" too.
pub(crate) const INTROSPECTION: Fields = &[
    ("active", Truth),
    ("username", Text),
    ("client_id", Text),
    ("scope", Text),
    ("token_type", Text),
    ("exp", Seconds),
    ("iat", Seconds),
    ("nbf", Seconds),
    ("sub", Text),
    ("aud", Text),
    ("iss", Text),
    ("jti", Text),
];

/// "JSON Web Token Claims" (<https://www.iana.org/assignments/jwt>): RFC 7519 section 10.1.2, `OpenID` Connect Core section
/// 16.1, of which those of addresses and names of people are left out.
pub(crate) const CLAIMS: Fields = &[
    ("iss", Text),
    ("sub", Text),
    ("aud", Text),
    ("exp", Seconds),
    ("nbf", Seconds),
    ("iat", Seconds),
    ("jti", Text),
    ("name", Text),
    ("preferred_username", Text),
    ("email", Text),
    ("email_verified", Truth),
    ("locale", Text),
    ("azp", Text),
    ("nonce", Text),
    ("auth_time", Seconds),
    ("at_hash", Text),
    ("c_hash", Text),
    ("acr", Text),
    ("amr", Texts),
    ("sid", Text),
];

/// "OAuth Authorization Endpoint Response Types".
pub(crate) const RESPONSE_TYPES: &[&str] =
    &["code", "code id_token", "code id_token token", "code token", "id_token", "id_token token", "none", "token"];

/// OAuth 2.0 Multiple Response Type Encoding Practices section 2.1, OAuth 2.0 Form Post Response Mode.
pub(crate) const RESPONSE_MODES: &[&str] = &["query", "fragment", "form_post"];

/// RFC 7591 section 2, and "OAuth URI": RFC 7522, RFC 7523, RFC 8628, RFC 8693.
pub(crate) const GRANT_TYPES: &[&str] = &[
    "authorization_code",
    "implicit",
    "password",
    "client_credentials",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

/// "OAuth Token Endpoint Authentication Methods": RFC 7591 section 4.2, `OpenID` Connect Core section 9, RFC 8705.
pub(crate) const PROOFS: &[&str] = &[
    "none",
    "client_secret_post",
    "client_secret_basic",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

/// "PKCE Code Challenge Methods": RFC 7636 section 6.2.
pub(crate) const CHALLENGES: &[&str] = &["plain", "S256"];

/// "OAuth Access Token Types": RFC 6750 section 6.1, RFC 9449 section 12.1.
pub(crate) const TOKEN_TYPES: &[&str] = &["Bearer", "DPoP"];

/// "JSON Web Signature and Encryption Algorithms" (<https://www.iana.org/assignments/jose>): the asymmetric ones of RFC 7518.
pub(crate) const SIGNATURES: &[&str] =
    &["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

/// `OpenID` Connect Core section 8.
pub(crate) const SUBJECTS: &[&str] = &["public", "pairwise"];

/// "Authentication Method Reference Values" (<https://www.iana.org/assignments/authentication-method-reference-values>): RFC
/// 8176 section 2.
pub(crate) const METHODS: &[&str] = &[
    "face", "fpt", "geo", "hwk", "iris", "kba", "mca", "mfa", "otp", "pin", "pop", "pwd", "rba", "retina", "sc", "sms",
    "swk", "tel", "user", "vbm", "wia",
];

/// `OpenID` Connect Core sections 3.1.2.1, 5.4 and 11; draft-ietf-mailmaint-oauth-public section 3.9.
pub(crate) const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
    "urn:ietf:params:oauth:scope:mail",
    "urn:ietf:params:oauth:scope:contacts",
    "urn:ietf:params:oauth:scope:calendars",
];
