use std::sync::Arc;

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{LdapFilter, LdapMatchingRuleAssertion, LdapOp, LdapSubstringFilter};
use proptest::prelude::*;

use super::*;
use crate::ldap::tests::{filter, read, request, searching, tree};
use crate::ldap::{Event, Group, Person, Scope, Session, Transport};

fn ada(tree: &Arc<Tree>) -> Entry<'_> {
    let person = Person {
        login: "ada@example.org",
        addresses: &["ada@example.org", "countess@example.org"],
        display_name: Some("Ada  King Lovelace"),
        id: [0xab; 16],
        groups: &[Group::Mail],
        created: Some(1_000_000_000),
    };
    Entry::person(tree, &person)
}

fn says(text: &str) -> Truth {
    filter(text).evaluate(&ada(&tree()))
}

#[test]
fn a_login_name_without_its_domain_is_one_of_the_default_domain() {
    let tree = Arc::new(Tree::new("dc=example,dc=org").expect("a base").in_domain(Some("example.org".to_owned())));
    let (ada, other) = (ada(&tree), Tree::new("dc=example,dc=org").expect("a base"));
    let members = Entry::group(&tree, Group::Mail, ["ada@example.org"]);
    let equal = |tree: &Tree, attribute: &str, value: &str| {
        let part = |text: &str| [&[4, u8::try_from(text.len()).expect("it is short")], text.as_bytes()].concat();
        let body = [part(attribute), part(value)].concat();
        let bytes = [&[0xa3, u8::try_from(body.len()).expect("it is short")], &body[..]].concat();
        Filter::parse(&mut Reader::new(&bytes), tree).unwrap_or_else(|_| panic!("{value}"))
    };
    for (attribute, value, found) in [
        ("uid", "ada", Truth::True),
        ("uid", " ADA ", Truth::True),
        ("uid", "ada@example.org", Truth::True),
        ("uid", "ada@example.net", Truth::False),
        ("uid", "countess", Truth::False),
        ("cn", "ada", Truth::False),
        ("mail", "ada", Truth::False),
    ] {
        assert_eq!(equal(&tree, attribute, value).evaluate(&ada), found, "{attribute}={value}");
    }
    let looked_up = equal(&tree, "uid", "ada").wanted();
    assert_eq!(looked_up, Wanted::Few(vec![Lookup::Login("ada@example.org".to_owned())]));
    let dn = "uid=Ada,ou=people,dc=example,dc=org";
    assert_eq!(equal(&tree, "member", dn).evaluate(&members), Truth::True);
    assert_eq!(equal(&other, "uid", "ada").evaluate(&ada), Truth::False, "where there is no default domain");
}

#[test]
fn values_match_without_regard_to_case_and_spaces() {
    for text in [
        "(uid=ADA@example.ORG)",
        "(userid= ada@example.org )",
        "(mail=Countess@Example.Org)",
        "(cn=ada king  lovelace)",
        "(2.5.4.3=ada king lovelace)",
        "(displayName~=ADA KING LOVELACE)",
        "(objectClass=INETORGPERSON)",
        "(objectClass=2.5.6.6)",
        "(objectClass=*)",
        "(entryUUID=ABABABAB-abab-abab-abab-abababababab)",
        "(memberOf=CN=mail, OU=groups,DC=example,DC=org)",
        "(memberOf:1.2.840.113556.1.4.1941:=cn=mail,ou=groups,dc=example,dc=org)",
        "(cn:caseIgnoreMatch:=ada king lovelace)",
        "(cn:=ada king lovelace)",
        "(createTimestamp>=20010909014640Z)",
        "(createTimestamp<=20010909014640.0Z)",
        "(createTimestamp=20010909014640Z)",
        "(uid=ada*)",
        "(uid=*@*.org)",
        "(cn=Ada*lace)",
        "(cn=ada k*)",
        "(cn=*king*love*)",
        "(&)",
    ] {
        assert_eq!(says(text), Truth::True, "{text}");
    }
    for text in [
        "(uid=countess@example.org)",
        "(cn=adaking lovelace)",
        "(cn=ada*ada*)",
        "(cn=*lovelace*king*)",
        "(uid=ada@example.orgs*)",
        "(member=uid=ada@example.org,ou=people,dc=example,dc=org)",
        "(memberOf=cn=contacts,ou=groups,dc=example,dc=org)",
        "(memberOf=dc=com)",
        "(objectClass=groupOfNames)",
        "(o=*)",
        "(entryUUID=00000000-0000-0000-0000-000000000000)",
        "(createTimestamp>=20010909014641Z)",
        "(|)",
    ] {
        assert_eq!(says(text), Truth::False, "{text}");
        assert_eq!(says(&format!("(!{text})")), Truth::True, "{text}");
    }
}

#[test]
fn what_cannot_be_said_is_not_true_and_neither_is_its_opposite() {
    for text in [
        "(userPassword=*)",
        "(userPassword=x)",
        "(jpegPhoto=*)",
        "(cn;lang-en=ada)",
        "(objectClass=posixAccount)",
        "(objectClass=person*)",
        "(entryUUID=1)",
        "(entryUUID=abababababababababababababababababab)",
        "(entryUUID=abababab-abab-abab-abab-ababababababab)",
        "(entryUUID=abab*)",
        "(memberOf=nonsense)",
        "(uid>=a)",
        "(cn<=z)",
        "(createTimestamp=yesterday)",
        "(cn:caseExactMatch:=Ada King Lovelace)",
        "(ou:dn:=people)",
        "(:caseIgnoreMatch:=ada)",
        "(mail=ädä)",
        "(namingContexts=dc=example,dc=org)",
    ] {
        assert_eq!(says(text), Truth::Undefined, "{text}");
        assert_eq!(says(&format!("(!{text})")), Truth::Undefined, "{text}");
    }
    assert_eq!(says("(|(foo=x)(cn=*))"), Truth::True);
    assert_eq!(says("(&(foo=x)(cn=*))"), Truth::Undefined);
    assert_eq!(says("(&(foo=x)(o=*))"), Truth::False);
    assert_eq!(says("(|(foo=x)(o=*))"), Truth::Undefined);
}

/// The examples of RFC 4515 section 4, of an entry that is another person's.
#[test]
fn the_examples_of_the_rfc_are_read() {
    for (text, truth) in [
        ("(cn=Babs Jensen)", Truth::False),
        ("(!(cn=Tim Howes))", Truth::True),
        ("(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))", Truth::False),
        ("(o=univ*of*mich*)", Truth::False),
        ("(seeAlso=)", Truth::Undefined),
        ("(cn:caseExactMatch:=Fred Flintstone)", Truth::Undefined),
        ("(cn:=Betty Rubble)", Truth::False),
        ("(sn:dn:2.4.6.8.10:=Barney Rubble)", Truth::Undefined),
        ("(o:dn:=Ace Industry)", Truth::Undefined),
        ("(:1.2.3:=Wilma Flintstone)", Truth::Undefined),
        ("(:dn:2.4.6.8.10:=Dino)", Truth::Undefined),
    ] {
        assert_eq!(says(text), truth, "{text}");
    }
}

#[test]
fn a_store_is_told_what_to_look_up() {
    let login = |text: &str| Lookup::Login(text.to_owned());
    let name = |text: &str| Lookup::Name(text.to_owned());
    let few = |lookups: &[Lookup]| Wanted::Few(lookups.to_vec());
    for (text, wanted) in [
        ("(uid=Ada@Example.org)", few(&[login("ada@example.org")])),
        ("(&(objectClass=inetOrgPerson)(mail=x))", few(&[login("x")])),
        ("(|(uid=x)(mail=x)(cn=x))", few(&[login("x"), login("x"), name("x")])),
        ("(&(cn=y)(|(uid=x)(mail=x)))", few(&[login("x"), login("x")])),
        ("(&(uid=x)(objectClass=groupOfNames))", Wanted::Nobody),
        ("(objectClass=organizationalUnit)", Wanted::Nobody),
        ("(&(objectClass=groupOfNames)(member=uid=x,ou=people,dc=example,dc=org))", Wanted::Nobody),
        ("(entryUUID=00000000-0000-0000-0000-000000000001)", few(&[Lookup::Id(1u128.to_be_bytes())])),
        ("(entryUUID=nonsense)", Wanted::Nobody),
        ("(userPassword=*)", Wanted::Nobody),
        ("(|(uid=x)(userPassword=*))", few(&[login("x")])),
        ("(objectClass=*)", Wanted::Any),
        ("(|(uid=x)(displayName=x*))", Wanted::Any),
        ("(!(uid=x))", Wanted::Any),
        ("(&(uid=x)(!(mail=y)))", few(&[login("x")])),
        ("(memberOf=cn=mail,ou=groups,dc=example,dc=org)", Wanted::Any),
        ("(&)", Wanted::Any),
        ("(|)", Wanted::Nobody),
    ] {
        assert_eq!(filter(text).wanted(), wanted, "{text}");
    }
}

/// A search whose filter is these bytes: how it is answered if it is not carried out.
fn answer(filter: &[u8]) -> Result<(), u8> {
    let whole = request(
        1,
        LdapOp::SearchRequest(searching("dc=example,dc=org", Scope::Subtree, "(cn=*)", &[])),
        Vec::<LdapControl>::new(),
    );
    let at = whole.windows(4).position(|w| w == [0x87, 2, b'c', b'n']).expect("the filter");
    let mut body = Vec::new();
    super::super::ber::constructed(&mut body, 0x30, |out| {
        out.extend_from_slice(&[2, 1, 1]);
        super::super::ber::constructed(out, 0x63, |out| {
            let from = whole.iter().position(|b| *b == 0x04).expect("the base");
            out.extend_from_slice(&whole[from..at]);
            out.extend_from_slice(filter);
            out.extend_from_slice(&whole[at + 4..]);
        });
    });
    let mut session = Session::new(tree(), Transport::Encrypted);
    session.receive(&request(1, ldap_bind(), Vec::new()), &mut Vec::new());
    session.accepted(crate::ldap::Identity::Reader("reader".into()), &mut Vec::new());
    let mut out = Vec::new();
    match session.receive(&body, &mut out) {
        (used, Event::Search(_)) if used == body.len() => Ok(()),
        (used, Event::More) if used == body.len() => Err(out[9]),
        (0, Event::Close(_)) => Err(0),
        _ => panic!("{body:02x?}"),
    }
}

fn ldap_bind() -> LdapOp {
    use ldap3_proto::proto::{LdapBindCred, LdapBindRequest};
    let cred = LdapBindCred::Simple("secret".into());
    LdapOp::BindRequest(LdapBindRequest { version: 3, dn: "cn=reader,dc=example,dc=org".into(), cred })
}

fn nested(depth: usize) -> Vec<u8> {
    let mut filter = vec![0x87, 2, b'c', b'n'];
    for _ in 1..depth {
        let mut outer = Vec::new();
        super::super::ber::primitive(&mut outer, 0xa2, &filter);
        filter = outer;
    }
    filter
}

#[test]
fn a_filter_of_too_many_parts_is_answered() {
    assert_eq!(answer(&nested(32)), Ok(()));
    assert_eq!(answer(&nested(33)), Err(11));
    assert_eq!(answer(&nested(10_000)), Err(11), "ten thousand deep");
    let wide = |count: usize| {
        let mut filter = Vec::new();
        super::super::ber::primitive(&mut filter, 0xa1, &[0x87, 2, b'c', b'n'].repeat(count));
        filter
    };
    assert_eq!(answer(&wide(1023)), Ok(()));
    assert_eq!(answer(&wide(1024)), Err(11));
}

#[test]
fn a_filter_that_is_none_closes_the_connection() {
    for bad in [
        &[0xa2, 0][..],
        &[0xa2, 8, 0x87, 2, b'c', b'n', 0x87, 2, b'c', b'n'],
        &[0xa3, 4, 4, 2, b'c', b'n'],
        &[0xa4, 6, 4, 2, b'c', b'n', 0x30, 0],
        &[0xa4, 9, 4, 2, b'c', b'n', 0x30, 3, 0x83, 1, b'x'],
        &[0xa0, 0x80, 0, 0],
        &[0xa0, 2, 0x87, 9],
    ] {
        assert_eq!(answer(bad), Err(0), "{bad:02x?}");
    }
    assert_eq!(answer(&[0xaf, 0]), Ok(()), "a kind from a later time is undefined");
    assert_eq!(answer(&[0xa3, 7, 4, 2, b'c', b'n', 4, 1, 0xff]), Ok(()), "and so is what is no text");
    assert_eq!(answer(&[0x87, 1, 0xff]), Ok(()));
}

/// Filters over a few attributes and values, so that they often match.
fn any_filter() -> impl Strategy<Value = LdapFilter> {
    let attribute = || {
        prop_oneof![Just("uid"), Just("mail"), Just("cn"), Just("objectClass"), Just("o"), Just("foo")]
            .prop_map(str::to_owned)
    };
    let value = || prop_oneof![Just("ada@example.org"), Just("Ada King Lovelace"), Just("person"), Just("a")];
    let item = prop_oneof![
        (attribute(), value()).prop_map(|(a, v)| LdapFilter::Equality(a, v.into())),
        attribute().prop_map(LdapFilter::Present),
        (attribute(), "[ka]", "[kl]").prop_map(|(a, initial, any)| {
            let parts = LdapSubstringFilter { initial: Some(initial), any: vec![any], final_: None };
            LdapFilter::Substring(a, parts)
        }),
        (attribute(), value()).prop_map(|(a, v)| LdapFilter::GreaterOrEqual(a, v.into())),
        (attribute(), value()).prop_map(|(type_, v)| {
            let match_value = v.into();
            let type_ = Some(type_);
            LdapFilter::Extensible(LdapMatchingRuleAssertion { type_, match_value, ..Default::default() })
        }),
    ];
    item.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(LdapFilter::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(LdapFilter::Or),
            inner.prop_map(|f| LdapFilter::Not(Box::new(f))),
        ]
    })
}

/// The same in the plainest words: `None` is undefined.
fn model(filter: &LdapFilter) -> Option<bool> {
    let values = |attribute: &str| match attribute {
        "uid" => Some(vec!["ada@example.org"]),
        "mail" => Some(vec!["ada@example.org", "countess@example.org"]),
        "cn" => Some(vec!["ada king lovelace"]),
        "objectClass" => Some(vec!["top", "person", "organizationalperson", "inetorgperson"]),
        "o" => Some(vec![]),
        _ => None,
    };
    let is_class = |a: &str| a == "objectClass";
    match filter {
        LdapFilter::And(inner) => {
            let said: Vec<_> = inner.iter().map(model).collect();
            if said.contains(&Some(false)) { Some(false) } else { (!said.contains(&None)).then_some(true) }
        }
        LdapFilter::Or(inner) => {
            let said: Vec<_> = inner.iter().map(model).collect();
            if said.contains(&Some(true)) { Some(true) } else { (!said.contains(&None)).then_some(false) }
        }
        LdapFilter::Not(inner) => model(inner).map(|is| !is),
        LdapFilter::Equality(a, v)
        | LdapFilter::Extensible(LdapMatchingRuleAssertion { type_: Some(a), match_value: v, .. }) => {
            if is_class(a) && v != "person" {
                return None;
            }
            values(a).map(|own| own.contains(&v.to_lowercase().as_str()))
        }
        LdapFilter::Present(a) => values(a).map(|own| !own.is_empty()),
        LdapFilter::Substring(a, _) if is_class(a) => None,
        LdapFilter::Substring(a, parts) => values(a).map(|own| {
            let initial = parts.initial.as_deref().expect("it has one");
            own.iter().any(|v| v.strip_prefix(initial).is_some_and(|rest| rest.contains(&parts.any[0])))
        }),
        LdapFilter::GreaterOrEqual(..) => None,
        _ => unreachable!("not made here"),
    }
}

proptest! {
    #[test]
    fn a_filter_says_what_the_model_says(of_client in any_filter()) {
        let mut search = searching("dc=example,dc=org", Scope::Subtree, "(cn=*)", &[]);
        search.filter = of_client.clone();
        let own = read(search, Vec::new()).filter;
        let (tree, expected) = (tree(), model(&of_client));
        let said = own.evaluate(&ada(&tree));
        prop_assert_eq!(said, expected.map_or(Truth::Undefined, Truth::from), "{:?}", of_client);
        // Whoever matches is among those who are looked up.
        let is_wanted = match own.wanted() {
            Wanted::Any => true,
            Wanted::Nobody => false,
            Wanted::Few(lookups) => lookups.iter().any(|lookup| match lookup {
                Lookup::Login(login) => login == "ada@example.org",
                Lookup::Name(name) => name == "ada king lovelace",
                Lookup::Id(_) => false,
            }),
        };
        prop_assert!(is_wanted || said != Truth::True, "{:?}", of_client);
    }
}
