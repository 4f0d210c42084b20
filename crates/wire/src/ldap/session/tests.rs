use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapCompareRequest, LdapExtendedRequest, LdapMsg, LdapOp, LdapResultCode,
    SaslCredentials,
};
use proptest::prelude::*;

use super::*;
use crate::ldap::tests::{replies, request, searching, tree};
use crate::ldap::{ANONYMOUS_BYTES_MAX, Scope};

const IN_CLEAR: Transport = Transport::Clear { offers_start_tls: true, may_bind: false };
const ADA: &str = "uid=ada@example.org,ou=people,dc=example,dc=org";

/// The bytes that hexadecimal digits stand for, with text in quotes between them.
fn bytes(written: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in written.split('\'').enumerate() {
        if at % 2 == 1 {
            bytes.extend_from_slice(part.as_bytes());
        } else {
            let digits = part.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal"));
            bytes.extend(digits);
        }
    }
    bytes
}

/// An answer in short: its id, which kind it is, its code, and what it names or holds.
fn short(reply: &LdapMsg) -> String {
    let id = reply.msgid;
    match &reply.op {
        LdapOp::BindResponse(response) => format!("{id} bind {:?}", response.res.code),
        LdapOp::ExtendedResponse(response) => {
            let value = response.value.as_deref().map(|v| format!(" [{}]", String::from_utf8_lossy(v)));
            let name = response.name.as_deref().map(|n| format!(" {n}"));
            let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
            format!("{id} extended {:?}{name}{value}", response.res.code)
        }
        LdapOp::SearchResultEntry(entry) => format!("{id} entry <{}>", entry.dn),
        LdapOp::SearchResultDone(result) => format!("{id} done {:?}", result.code),
        LdapOp::CompareResult(result) => format!("{id} compare {:?}", result.code),
        other => format!("{id} {}", format!("{other:?}").split("matcheddn").next().expect("something")),
    }
}

/// Runs a conversation in pieces of this length: what the client is sent and what the driver is told. Whose password
/// is `secret` is accepted; searches are refused.
fn talk(mut session: Session, sent: &[u8], piece: usize) -> Vec<String> {
    let (mut said, mut pending) = (Vec::new(), Vec::new());
    for piece in sent.chunks(piece.max(1)) {
        pending.extend_from_slice(piece);
        loop {
            let mut out = Vec::new();
            let (used, event) = session.receive(&pending, &mut out);
            pending.drain(..used);
            assert!(pending.len() <= session.message_bytes_max() || piece.len() > 1);
            let is_stuck = used == 0 && matches!(event, Event::More);
            let mut note = None;
            match event {
                Event::More => {}
                Event::Bind(bind) => {
                    assert_eq!(session.identity(), None, "a bind ends what was before");
                    assert!(
                        matches!(session.receive(&pending, &mut out), (0, Event::More)),
                        "nothing is read meanwhile"
                    );
                    let secret = String::from_utf8_lossy(&bind.secret).into_owned();
                    said.push(format!("<{:?} {secret}>", bind.name));
                    match bind.name {
                        BindName::Person(login) if secret == "secret" => {
                            session.accepted(Identity::Person(login.into()), &mut out);
                        }
                        BindName::Reader(name) if secret == "secret" => {
                            session.accepted(Identity::Reader(name.into()), &mut out);
                        }
                        _ if secret == "busy" => session.busy("", &mut out),
                        _ if secret == "broken" => session.unavailable("Later.", &mut out),
                        _ => session.refused("", &mut out),
                    }
                }
                Event::Search(search) => {
                    said.push(format!("<search {:?} {:?} by {:?}>", search.base(), search.scope(), session.identity()));
                    search.refuse(ResultCode::InsufficientAccessRights, "", &mut out);
                }
                Event::StartTls => note = Some("<starttls>".to_owned()),
                Event::Close(why) => note = Some(format!("<close {why:?}>")),
            }
            said.extend(replies(&out).iter().map(short));
            if let Some(note) = note {
                said.push(note);
                return said;
            }
            if is_stuck {
                break;
            }
        }
    }
    said
}

fn over(transport: Transport, sent: &[u8]) -> Vec<String> {
    let whole = talk(Session::new(tree(), transport), sent, usize::MAX);
    for piece in [1, 7] {
        assert_eq!(talk(Session::new(tree(), transport), sent, piece), whole, "in pieces of {piece}");
    }
    whole
}

fn encrypted(sent: &[u8]) -> Vec<String> {
    over(Transport::Encrypted, sent)
}

fn bind(id: i32, dn: &str, secret: &str) -> Vec<u8> {
    let cred = LdapBindCred::Simple(secret.into());
    request(id, LdapOp::BindRequest(LdapBindRequest { version: 3, dn: dn.into(), cred }), Vec::new())
}

fn compare() -> LdapCompareRequest {
    LdapCompareRequest { dn: ADA.into(), atype: "uid".into(), val: b"x".to_vec() }
}

fn extended(id: i32, name: &str, value: Option<Vec<u8>>) -> Vec<u8> {
    request(id, LdapOp::ExtendedRequest(LdapExtendedRequest { name: name.into(), value }), Vec::new())
}

/// `ldapwhoami -ZZ`, as OpenLDAP writes it; what follows StartTLS is said again over TLS.
#[test]
fn ldapwhoami_begins_tls_signs_in_and_asks_who_it_is() {
    let start_tls = bytes("30 1d 02 01 01 77 18 80 16 '1.3.6.1.4.1.1466.20037'");
    let answered = ["1 extended Success 1.3.6.1.4.1.1466.20037", "<starttls>"];
    assert_eq!(over(IN_CLEAR, &start_tls), answered);
    assert_eq!(over(IN_CLEAR, &[start_tls, bind(2, ADA, "secret")].concat()), answered, "nothing behind it is read");
    let then = bytes(
        "30 41 02 01 02 60 3c 02 01 03 04 2f 'uid=ada@example.org,ou=people,dc=example,dc=org' 80 06 'secret' \
         30 1e 02 01 03 77 19 80 17 '1.3.6.1.4.1.4203.1.11.3' 30 05 02 01 04 42 00",
    );
    let session = Session::new(tree(), IN_CLEAR).after_tls();
    assert!(session.is_encrypted());
    assert_eq!(
        talk(session, &then, usize::MAX),
        [
            "<Person(\"ada@example.org\") secret>",
            "2 bind Success",
            "3 extended Success [dn:uid=ada@example.org,ou=people,dc=example,dc=org]",
            "<close Unbind>"
        ]
    );
}

/// What saslauthd does: an anonymous bind, a search, a bind, another anonymous one.
#[test]
fn an_anonymous_bind_succeeds_and_ends_what_was_before() {
    let anonymous = bytes("30 0c 02 01 01 60 07 02 01 03 04 00 80 00");
    let search = searching("ou=people,dc=example,dc=org", Scope::Subtree, "(mail=ada@example.org)", &["dn"]);
    let search = request(2, LdapOp::SearchRequest(search), Vec::new());
    let who = extended(4, WHO_AM_I, None);
    let sent =
        [anonymous.clone(), search.clone(), bind(3, ADA, "secret"), search, who.clone(), anonymous, who].concat();
    assert_eq!(
        encrypted(&sent),
        [
            "1 bind Success",
            "<search People Subtree by None>",
            "2 done InsufficentAccessRights",
            "<Person(\"ada@example.org\") secret>",
            "3 bind Success",
            "<search People Subtree by Some(Person(\"ada@example.org\"))>",
            "2 done InsufficentAccessRights",
            "4 extended Success [dn:uid=ada@example.org,ou=people,dc=example,dc=org]",
            "1 bind Success",
            "4 extended Success []",
        ]
    );
}

/// As OpenLDAP's library (2.5.13, as curl uses it) was seen to write it.
#[test]
fn what_openldap_writes_is_read() {
    let bind = "30 2d 02 01 01 60 28 02 01 03 04 1b 'cn=reader,dc=example,dc=org' 80 06 'secret'";
    let search = "30 81 88 02 01 02 63 81 82 04 1b 'ou=people,dc=example,dc=org' 0a 01 02 0a 01 00 02 01 00 02 01 00 \
                  01 01 00 a0 37 a3 1c 04 0b 'objectClass' 04 0d 'inetOrgPerson' a3 17 04 04 'mail' 04 0f \
                  'Ada@example.org' 30 1b 04 04 'mail' 04 08 'memberOf' 04 09 'entryUUID'";
    let unbind = "30 05 02 01 03 42 00";
    assert_eq!(
        encrypted(&bytes(&[bind, search, unbind].join(" "))),
        [
            "<Reader(\"reader\") secret>",
            "1 bind Success",
            "<search People Subtree by Some(Reader(\"reader\"))>",
            "2 done InsufficentAccessRights",
            "<close Unbind>",
        ]
    );
    let mut out = Vec::new();
    let mut session = Session::new(tree(), Transport::Encrypted);
    let (used, event) = session.receive(&bytes(search), &mut out);
    let Event::Search(search) = event else { panic!("no search") };
    let wanted = crate::ldap::Wanted::Few(vec![crate::ldap::Lookup::Login("ada@example.org".into())]);
    assert_eq!((used, search.filter().wanted()), (139, wanted));
}

/// What Dovecot does with `auth_bind`: all over one connection, however many are refused.
#[test]
fn many_people_sign_in_over_one_connection() {
    let reader = bind(1, "cn=reader,dc=example,dc=org", "secret");
    let wrong = bind(2, ADA, "wrong");
    let round = [reader, wrong, extended(3, WHO_AM_I, None)].concat();
    let answers = [
        "<Reader(\"reader\") secret>",
        "1 bind Success",
        "<Person(\"ada@example.org\") wrong>",
        "2 bind InvalidCredentials",
        "3 extended Success []",
    ];
    assert_eq!(encrypted(&round.repeat(20)), answers.repeat(20));
}

#[test]
fn each_way_of_saying_no_is_the_protocols_own() {
    assert_eq!(encrypted(&bind(1, ADA, "busy"))[1], "1 bind Busy");
    assert_eq!(encrypted(&bind(1, ADA, "broken"))[1], "1 bind Unavailable");
    assert_eq!(encrypted(&bind(1, ADA, "")), ["1 bind UnwillingToPerform"], "an empty password is never looked at");
    let sasl = LdapBindCred::SASL(SaslCredentials { mechanism: "PLAIN".into(), credentials: b"\0ada\0x".to_vec() });
    let sasl = LdapOp::BindRequest(LdapBindRequest { version: 3, dn: String::new(), cred: sasl });
    assert_eq!(encrypted(&request(1, sasl, Vec::new())), ["1 bind AuthMethodNotSupported"]);
    let old = LdapBindRequest { version: 2, dn: ADA.into(), cred: LdapBindCred::Simple("secret".into()) };
    assert_eq!(encrypted(&request(1, LdapOp::BindRequest(old), Vec::new())), ["1 bind ProtocolError"]);
}

#[test]
fn whoever_cannot_be_anybody_is_decided_about_like_anybody() {
    let nobody = |dn: &str| assert_eq!(encrypted(&bind(1, dn, "secret"))[0], "<Nobody secret>", "{dn}");
    for dn in [
        "ada@example.org",
        "",
        "uid=ada,dc=example,dc=com",
        "dc=example,dc=org",
        "uid=a\\00b,ou=people,dc=example,dc=org",
    ] {
        nobody(dn);
    }
    nobody(&format!("uid={},ou=people,dc=example,dc=org", "a".repeat(600)));
    assert_eq!(encrypted(&bind(1, ADA, &"x".repeat(1025)))[0], "<Nobody >");
    assert_eq!(encrypted(&bind(1, ADA, "a\0b"))[0], "<Nobody >");
    let not_utf8 = bytes("30 0f 02 01 01 60 0a 02 01 03 04 02 ff ff 80 01 78");
    assert_eq!(encrypted(&not_utf8), ["<Nobody x>", "1 bind InvalidCredentials"]);
    let mut odd = bind(1, ADA, "secret");
    *odd.last_mut().expect("bytes") = 0xff;
    assert_eq!(encrypted(&odd)[0], "<Person(\"ada@example.org\") secre\u{fffd}>", "a password need not be UTF-8");
}

#[test]
fn in_clear_passwords_are_taken_on_loopback_only() {
    assert_eq!(over(IN_CLEAR, &bind(1, ADA, "secret")), ["1 bind ConfidentialityRequired"]);
    assert_eq!(over(IN_CLEAR, &bind(1, "", "")), ["1 bind Success"]);
    assert_eq!(over(IN_CLEAR, &bind(1, ADA, "")), ["1 bind UnwillingToPerform"]);
    let loopback = Transport::Clear { offers_start_tls: false, may_bind: true };
    assert_eq!(over(loopback, &bind(1, ADA, "secret"))[1], "1 bind Success");
}

#[test]
fn start_tls_is_there_where_it_is_offered() {
    let start_tls = |value| extended(1, START_TLS, value);
    let said = |transport, value| over(transport, &start_tls(value));
    assert_eq!(said(Transport::Encrypted, None), ["1 extended OperationsError 1.3.6.1.4.1.1466.20037"]);
    assert_eq!(said(IN_CLEAR, Some(vec![1])), ["1 extended ProtocolError 1.3.6.1.4.1.1466.20037"]);
    let none = Transport::Clear { offers_start_tls: false, may_bind: true };
    assert_eq!(said(none, None), ["1 extended ProtocolError 1.3.6.1.4.1.1466.20037"]);
}

#[test]
fn what_is_not_done_here_is_answered() {
    let delete = LdapOp::DelRequest(ADA.into());
    let sent = [
        request(1, LdapOp::CompareRequest(compare()), Vec::new()),
        request(2, delete, Vec::new()),
        request(3, LdapOp::AbandonRequest(2), Vec::new()),
        extended(4, PASSWORD_MODIFY, Some(vec![0x30, 0])),
        extended(5, "1.3.6.1.1.8", None),
        // Add, modify and modify DN: what is in them is not looked at.
        bytes("30 05 02 01 06 68 00 30 05 02 01 07 66 00 30 05 02 01 08 6c 00"),
    ];
    assert_eq!(
        encrypted(&sent.concat()),
        [
            "1 compare UnwillingToPerform",
            "2 DelResponse(LdapResult { code: UnwillingToPerform, ",
            "4 extended UnwillingToPerform",
            "5 extended ProtocolError",
            "6 AddResponse(LdapResult { code: UnwillingToPerform, ",
            "7 ModifyResponse(LdapResult { code: UnwillingToPerform, ",
            "8 ModifyDNResponse(LdapResult { code: UnwillingToPerform, ",
        ]
    );
}

#[test]
fn controls_that_are_not_known_are_ignored_unless_they_are_critical() {
    let control =
        |criticality| vec![LdapControl::Unknown { oid: "1.3.6.1.4.1.42.2.27.8.5.1".into(), criticality, value: None }];
    let bind = |criticality| {
        let cred = LdapBindCred::Simple("secret".into());
        let request = LdapBindRequest { version: 3, dn: ADA.into(), cred };
        self::request(1, LdapOp::BindRequest(request), control(criticality))
    };
    assert_eq!(encrypted(&bind(false))[1], "1 bind Success");
    assert_eq!(encrypted(&bind(true)), ["1 bind UnavailableCriticalExtension"]);
    let both = [control(true), control(false)].concat();
    assert_eq!(
        encrypted(&request(1, LdapOp::CompareRequest(compare()), both)),
        ["1 compare UnavailableCriticalExtension"]
    );
    let search = searching("", Scope::Base, "(objectClass=*)", &[]);
    let pages = LdapControl::SimplePagedResults { size: 5, cookie: Vec::new() };
    let twice = request(1, LdapOp::SearchRequest(search.clone()), vec![pages.clone(), pages]);
    assert_eq!(encrypted(&twice), [NOTICE, "<close Malformed>"]);
    let search = |ctrl| self::request(2, LdapOp::SearchRequest(search.clone()), ctrl);
    assert_eq!(encrypted(&search(control(true))), ["2 done UnavailableCriticalExtension"]);
    assert_eq!(encrypted(&search(control(false))), ["2 entry <>", "2 done Success"]);
    // Pages, critical, belong to a search and to nothing else.
    let paged = "a0 24 30 22 04 16 '1.2.840.113556.1.4.319' 01 01 ff 04 05 30 03 02 01 05";
    assert_eq!(encrypted(&bytes(&format!("30 2b 02 01 01 42 00 {paged}"))), ["<close Unbind>"]);
    let who = format!("30 44 02 01 02 77 19 80 17 '1.3.6.1.4.1.4203.1.11.3' {paged}");
    assert_eq!(encrypted(&bytes(&who)), ["2 extended UnavailableCriticalExtension"]);
}

#[test]
fn the_server_says_what_it_is() {
    let dse = |transport, attrs: &[&str]| {
        let sent = request(1, LdapOp::SearchRequest(searching("", Scope::Base, "(objectclass=*)", attrs)), Vec::new());
        let mut out = Vec::new();
        Session::new(tree(), transport).receive(&sent, &mut out);
        match &replies(&out)[0].op {
            LdapOp::SearchResultEntry(entry) => entry.attributes.clone(),
            other => panic!("{other:?}"),
        }
    };
    let values = |transport, name: &str| {
        let found = dse(transport, &[name]);
        let vals = found.iter().flat_map(|a| &a.vals);
        vals.map(|v| String::from_utf8_lossy(v).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(IN_CLEAR, "namingContexts"), ["dc=example,dc=org"]);
    assert_eq!(values(IN_CLEAR, "supportedLDAPVersion"), ["3"]);
    assert_eq!(values(IN_CLEAR, "supportedExtension"), [START_TLS, WHO_AM_I]);
    assert_eq!(values(Transport::Encrypted, "supportedExtension"), [WHO_AM_I]);
    assert_eq!(values(IN_CLEAR, "supportedControl"), ["1.2.840.113556.1.4.319"]);
    assert_eq!(values(IN_CLEAR, "subschemaSubentry"), ["cn=subschema"]);
    assert_eq!(values(IN_CLEAR, "vendorName"), ["Valetkey"]);
    assert_eq!(dse(IN_CLEAR, &["+"]).len(), 7);
    assert_eq!(dse(IN_CLEAR, &[]).len(), 1, "the rest is operational (RFC 4512 section 5.1)");
    assert!(values(IN_CLEAR, "userPassword").is_empty());
    let subschema = searching("cn=Subschema", Scope::Base, "(objectClass=subschema)", &["attributeTypes"]);
    assert_eq!(
        encrypted(&request(3, LdapOp::SearchRequest(subschema), Vec::new())),
        ["3 entry <cn=subschema>", "3 done Success"]
    );
    let beneath = request(4, LdapOp::SearchRequest(searching("", Scope::Subtree, "(cn=*)", &[])), Vec::new());
    assert_eq!(encrypted(&beneath), ["4 done NoSuchObject"]);
    let no_name = request(5, LdapOp::SearchRequest(searching("nonsense", Scope::Base, "(cn=*)", &[])), Vec::new());
    assert_eq!(encrypted(&no_name), ["5 done InvalidDNSyntax"]);
}

const NOTICE: &str = "0 extended ProtocolError 1.3.6.1.4.1.1466.20036";

#[test]
fn what_is_no_message_ends_the_connection_with_a_notice() {
    for bad in [
        "16 03 01 02 00",
        "'GET / HTTP/1.1'",
        "30 80 02 01 01",
        "30 03 02 01 01",
        "30 05 02 01 00 42 00",
        "30 05 02 01 ff 42 00",
        "30 05 04 01 01 42 00",
        "30 05 02 01 01 43 00",
        "30 05 02 01 01 61 00",
        "30 05 02 01 01 60 00",
        "30 0a 02 01 01 60 05 02 01 03 04 09",
        "30 05 02 01 01 63 00",
        "30 05 02 01 01 77 00",
        "30 08 02 01 01 42 00 a0 01 30",
        "30 05 1f 01 01 42 00",
    ] {
        assert_eq!(encrypted(&bytes(bad)), [NOTICE, "<close Malformed>"], "{bad}");
    }
    // More controls than anybody sends.
    let control = bytes("30 03 04 01 31");
    let mut many = bytes("30 5c 02 01 01 42 00 a0 55");
    many.extend(control.repeat(17));
    assert_eq!(encrypted(&many), [NOTICE, "<close Malformed>"]);
}

#[test]
fn what_claims_to_be_long_is_refused_by_its_first_bytes() {
    let long = |header: &str| assert_eq!(encrypted(&bytes(header)), [NOTICE, "<close TooLong>"], "{header}");
    long("30 84 ff ff ff ff");
    long("30 88 ff ff ff ff ff ff ff ff");
    long("30 83 01 00 00");
    long("30 82 3f fd");
    assert_eq!(encrypted(&bytes("30 82 3f fc")), [""; 0], "{ANONYMOUS_BYTES_MAX} bytes in all may be");
    let mut signed_in = bind(1, ADA, "secret");
    signed_in.extend_from_slice(&bytes("30 83 00 ff fb"));
    assert_eq!(encrypted(&signed_in)[1..], ["1 bind Success"], "who has signed in may say more");
    *signed_in.last_mut().expect("bytes") += 1;
    assert_eq!(encrypted(&signed_in)[2..], [NOTICE, "<close TooLong>"]);
}

#[test]
fn nobody_is_accepted_who_did_not_ask() {
    let mut session = Session::new(tree(), Transport::Encrypted);
    let mut out = Vec::new();
    session.accepted(Identity::Reader("reader".into()), &mut out);
    session.refused("", &mut out);
    assert!(out.is_empty() && session.identity().is_none());
    session.receive(&bind(1, ADA, "secret"), &mut out);
    session.accepted(Identity::Person("ada@example.org".into()), &mut out);
    assert!(session.identity().is_some());
    session.forget();
    assert!(session.identity().is_none());
}

/// Messages of every kind, some of them spoiled.
fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let good = prop_oneof![
        Just(bind(1, ADA, "secret")),
        Just(bind(2, "cn=reader,dc=example,dc=org", "wrong")),
        Just(bind(3, "", "")),
        Just(extended(4, WHO_AM_I, None)),
        Just(extended(5, "1.2.3", None)),
        Just(request(6, LdapOp::SearchRequest(searching("", Scope::Base, "(a=*)", &[])), Vec::new())),
        Just(request(
            7,
            LdapOp::SearchRequest(searching("dc=example,dc=org", Scope::One, "(|(uid=a*)(!(b=c)))", &["*"])),
            Vec::new()
        )),
    ];
    (good, any::<prop::sample::Index>(), any::<u8>(), 0..10u8).prop_map(|(mut message, at, byte, spoiled)| {
        if spoiled == 0 {
            let at = at.index(message.len());
            message[at] = byte;
        }
        message
    })
}

proptest! {
    #[test]
    fn however_it_is_cut_the_conversation_is_the_same(
        messages in prop::collection::vec(any_message(), 0..6),
        piece in 1usize..40,
        garbage in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let sent = [messages.concat(), garbage].concat();
        let whole = talk(Session::new(tree(), Transport::Encrypted), &sent, usize::MAX);
        prop_assert_eq!(talk(Session::new(tree(), Transport::Encrypted), &sent, piece), whole);
    }

    #[test]
    fn no_bytes_break_a_session(sent in prop::collection::vec(any::<u8>(), 0..200)) {
        talk(Session::new(tree(), IN_CLEAR), &sent, 3);
        let mut framed = Vec::new();
        crate::ldap::ber::constructed(&mut framed, 0x30, |out| {
            out.extend_from_slice(&[2, 1, 1, 0x63]);
            crate::ldap::ber::constructed(out, 0x63, |out| out.extend_from_slice(&sent));
        });
        talk(Session::new(tree(), Transport::Encrypted), &framed, 50);
    }

    #[test]
    fn whoever_is_named_is_asked_for(login in "[a-z0-9.+_=,;\"<>#-]{1,20}@[a-z]{1,10}", secret in "\\PC{1,30}") {
        let dn = tree().person_dn(&login);
        let said = talk(Session::new(tree(), Transport::Encrypted), &bind(9, &dn, &secret), usize::MAX);
        prop_assert_eq!(&said[0], &format!("<{:?} {secret}>", BindName::Person(login)));
    }
}

#[test]
fn codes_are_those_that_others_read() {
    let mut out = Vec::new();
    notice_of_disconnection(ResultCode::StrongerAuthRequired, "Revoked.", &mut out);
    match &replies(&out)[0].op {
        LdapOp::ExtendedResponse(response) => {
            assert_eq!(response.res.code, LdapResultCode::StrongerAuthRequired);
            assert_eq!(response.res.message, "Revoked.");
        }
        other => panic!("{other:?}"),
    }
}
