//! Searches from request to answer, written and read by another implementation (`ldap3_proto`); and what the tests of
//! this module share.

use std::sync::Arc;

use bytes::BytesMut;
use ldap3_lber::parse::Parser;
use ldap3_lber::structure::StructureTag;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapDerefAliases, LdapFilter, LdapMatchingRuleAssertion, LdapMsg, LdapOp, LdapResultCode, LdapSearchRequest,
    LdapSearchResultEntry, LdapSearchScope, LdapSubstringFilter,
};

use super::*;

/// The bytes of a request.
pub(super) fn request(msgid: i32, op: LdapOp, ctrl: Vec<LdapControl>) -> Vec<u8> {
    let mut out = BytesMut::new();
    ldap3_lber::write::encode_into(&mut out, StructureTag::from(LdapMsg { msgid, op, ctrl })).expect("it is written");
    out.to_vec()
}

/// Reads what was answered.
pub(super) fn replies(mut out: &[u8]) -> Vec<LdapMsg> {
    let mut replies = Vec::new();
    while !out.is_empty() {
        let (rest, tag) = Parser::new(32).parse(out).expect("BER in full");
        replies.push(LdapMsg::try_from(tag).expect("a message"));
        out = rest;
    }
    replies
}

pub(super) fn tree() -> Arc<Tree> {
    Arc::new(Tree::new("dc=example,dc=org").expect("a base"))
}

/// A search's request, of everything.
pub(super) fn searching(base: &str, scope: Scope, filter: &str, attrs: &[&str]) -> LdapSearchRequest {
    LdapSearchRequest {
        base: base.into(),
        scope: match scope {
            Scope::Base => LdapSearchScope::Base,
            Scope::One => LdapSearchScope::OneLevel,
            Scope::Subtree => LdapSearchScope::Subtree,
        },
        aliases: LdapDerefAliases::Always,
        sizelimit: 0,
        timelimit: 0,
        typesonly: false,
        filter: written(filter, &mut 0),
        attrs: attrs.iter().map(|a| (*a).to_owned()).collect(),
    }
}

/// A filter that is written as text (RFC 4515) from `at` on. `ldap3_proto` reads such text too, but no DNs in it.
fn written(text: &str, at: &mut usize) -> LdapFilter {
    let rest = &text[*at + 1..];
    *at += 2;
    let inner = |at: &mut usize| {
        let mut inner = Vec::new();
        while text[*at..].starts_with('(') {
            inner.push(written(text, at));
        }
        *at += 1;
        inner
    };
    match rest.as_bytes()[0] {
        b'&' => LdapFilter::And(inner(at)),
        b'|' => LdapFilter::Or(inner(at)),
        b'!' => LdapFilter::Not(Box::new(inner(at).remove(0))),
        _ => {
            let item = &rest[..rest.find(')').expect("an end")];
            *at += item.len();
            written_item(item)
        }
    }
}

fn written_item(item: &str) -> LdapFilter {
    let (left, value) = item.split_once('=').expect("a value");
    let (value, strings) = (value.to_owned(), value.split('*').map(str::to_owned).collect::<Vec<_>>());
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    match (left.split_at(left.len() - 1), strings.as_slice()) {
        ((attribute, "~"), _) => LdapFilter::Approx(attribute.into(), value),
        ((attribute, ">"), _) => LdapFilter::GreaterOrEqual(attribute.into(), value),
        ((attribute, "<"), _) => LdapFilter::LessOrEqual(attribute.into(), value),
        ((rule, ":"), _) => {
            let parts: Vec<_> = rule.split(':').map(str::to_owned).collect();
            LdapFilter::Extensible(LdapMatchingRuleAssertion {
                type_: some(&parts[0]),
                matching_rule: parts[1..].iter().find(|part| *part != "dn").cloned(),
                dn_attributes: parts[1..].iter().any(|part| part == "dn"),
                match_value: value,
            })
        }
        (_, [_]) => LdapFilter::Equality(left.into(), value),
        (_, [first, last]) if first.is_empty() && last.is_empty() => LdapFilter::Present(left.into()),
        (_, [first, any @ .., last]) => {
            let parts = LdapSubstringFilter { initial: some(first), any: any.to_vec(), final_: some(last) };
            LdapFilter::Substring(left.into(), parts)
        }
        (_, []) => unreachable!("splitting gives something"),
    }
}

/// The search that a request asks for.
pub(super) fn read(request: LdapSearchRequest, ctrl: Vec<LdapControl>) -> Search {
    let bytes = self::request(7, LdapOp::SearchRequest(request), ctrl);
    let (used, event) = Session::new(tree(), Transport::Encrypted).receive(&bytes, &mut Vec::new());
    match event {
        Event::Search(search) if used == bytes.len() => search,
        _ => panic!("no search"),
    }
}

pub(super) fn filter(text: &str) -> Filter {
    read(searching("dc=example,dc=org", Scope::Subtree, text, &[]), Vec::new()).filter
}

/// Logins, further addresses, what they are called, ids and groups.
type Account = (&'static str, &'static [&'static str], Option<&'static str>, u8, &'static [Group]);

/// In the order of their login names.
const ACCOUNTS: [Account; 3] = [
    (
        "ada@example.org",
        &["ada@example.org", "countess@example.org"],
        Some("Ada Lovelace"),
        1,
        &[Group::Mail, Group::Calendars],
    ),
    ("bob@example.org", &["bob@example.org"], None, 2, &[]),
    ("charles", &[], Some("Charles Babbage"), 3, &[Group::Mail]),
];

pub(super) fn person(account: &Account) -> Person<'static> {
    let (login, addresses, display_name, id, groups) = *account;
    Person { login, addresses, display_name, id: [id; 16], groups, created: Some(1_000_000_000) }
}

/// Carries a search out as a driver does, over [`ACCOUNTS`].
fn carry_out(search: Search, entries_max: u32) -> (Vec<LdapSearchResultEntry>, LdapMsg) {
    let mut out = Vec::new();
    let mut answer = Answer::new(search, entries_max);
    answer.containers(&mut out);
    let members = answer.members();
    for group in answer.groups() {
        let of_group = ACCOUNTS.iter().filter(|a| a.4.contains(&group)).map(|a| a.0);
        let shown = of_group.filter(|login| match &members {
            Members::Unasked => false,
            Members::Few(logins) => logins.iter().any(|l| l == login),
            Members::All => true,
        });
        answer.group(group, shown, &mut out);
    }
    let people = answer.people();
    for account in &ACCOUNTS {
        let is_wanted = match &people {
            People::Nobody => false,
            People::All { after } => after.as_deref().is_none_or(|after| account.0 > after),
            People::Few(lookups) => lookups.iter().any(|lookup| match lookup {
                Lookup::Login(login) => account.0 == login || account.1.contains(&login.as_str()),
                Lookup::Id(id) => *id == [account.3; 16],
                Lookup::Name(name) => account.2.unwrap_or(account.0).to_lowercase() == *name,
            }),
        };
        if is_wanted && answer.person(&person(account), &mut out) == Next::Stop {
            break;
        }
    }
    answer.done(&mut out);
    let mut replies = replies(&out);
    let done = replies.pop().expect("an end");
    assert!(replies.iter().chain([&done]).all(|reply| reply.msgid == 7));
    let entries = replies.into_iter().map(|reply| match reply.op {
        LdapOp::SearchResultEntry(entry) => entry,
        other => panic!("{other:?}"),
    });
    (entries.collect(), done)
}

fn code(done: &LdapMsg) -> LdapResultCode {
    match &done.op {
        LdapOp::SearchResultDone(result) => result.code.clone(),
        other => panic!("{other:?}"),
    }
}

/// Names of what is found, without what all have in common.
fn found(base: &str, scope: Scope, filter: &str) -> Vec<String> {
    let (entries, done) = carry_out(read(searching(base, scope, filter, &["1.1"]), Vec::new()), 100);
    assert_eq!(code(&done), LdapResultCode::Success);
    assert!(entries.iter().all(|entry| entry.attributes.is_empty()), "1.1 is no attribute");
    let short = |dn: &str| dn.trim_end_matches("dc=example,dc=org").trim_end_matches(',').to_owned();
    entries.iter().map(|entry| short(&entry.dn)).collect()
}

/// An entry's attributes in short.
fn attributes(entry: &LdapSearchResultEntry) -> Vec<String> {
    let values = |vals: &[Vec<u8>]| vals.iter().map(|v| String::from_utf8_lossy(v).into_owned()).collect::<Vec<_>>();
    entry.attributes.iter().map(|a| format!("{}: {}", a.atype, values(&a.vals).join("; "))).collect()
}

#[test]
fn each_scope_has_its_entries() {
    use Scope::{Base, One, Subtree};
    let people = "ou=people,dc=example,dc=org";
    let ada = "uid=ada@example.org,ou=people,dc=example,dc=org";
    let all = "(objectClass=*)";
    assert_eq!(
        found("dc=example,dc=org", Subtree, all),
        [
            "",
            "ou=people",
            "ou=groups",
            "cn=mail,ou=groups",
            "cn=contacts,ou=groups",
            "cn=calendars,ou=groups",
            "uid=ada@example.org,ou=people",
            "uid=bob@example.org,ou=people",
            "uid=charles,ou=people"
        ]
    );
    assert_eq!(found("dc=example,dc=org", One, all), ["ou=people", "ou=groups"]);
    assert_eq!(found("DC=Example,DC=Org", Base, all), [""]);
    assert_eq!(found(people, Subtree, all).len(), 4);
    assert_eq!(found(people, One, all).len(), 3);
    assert_eq!(found(people, Base, all), ["ou=people"]);
    assert_eq!(found("ou=groups,dc=example,dc=org", One, all).len(), 3);
    assert_eq!(found("cn=mail,ou=groups,dc=example,dc=org", Subtree, all), ["cn=mail,ou=groups"]);
    assert_eq!(found(ada, Base, all), ["uid=ada@example.org,ou=people"]);
    assert_eq!(found(ada, Subtree, "(uid=bob@example.org)"), Vec::<String>::new());
    assert_eq!(found(ada, One, all), Vec::<String>::new());
}

#[test]
fn what_clients_look_for_is_found() {
    let sub = Scope::Subtree;
    let people = "ou=people,dc=example,dc=org";
    let ada = ["uid=ada@example.org,ou=people"];
    // Dovecot, saslauthd, Radicale, SOGo and Nextcloud.
    assert_eq!(found(people, sub, "(&(objectClass=inetOrgPerson)(mail=Ada@Example.org))"), ada);
    assert_eq!(found(people, sub, "(mail=countess@example.org)"), ada);
    assert_eq!(found(people, sub, "(|(uid=ada@example.org)(mail=ada@example.org)(cn=ada@example.org))"), ada);
    assert_eq!(found(people, sub, "(&(|(objectclass=inetOrgPerson))(|(uid=ada*)(displayName=*ada*)))"), ada);
    assert_eq!(found(people, sub, "(&(objectClass=person)(memberOf=cn=calendars,ou=groups,dc=example,dc=org))"), ada);
    assert_eq!(found(people, sub, "(entryUUID=01010101-0101-0101-0101-010101010101)"), ada);
    let groups = "(&(objectClass=groupOfNames)(member=UID=ada@example.org,ou=People,dc=example,dc=org))";
    assert_eq!(found("dc=example,dc=org", sub, groups), ["cn=mail,ou=groups", "cn=calendars,ou=groups"]);
    assert_eq!(found(people, sub, "(userPassword=*)"), Vec::<String>::new());
    assert_eq!(found(people, sub, "(!(userPassword=x))"), Vec::<String>::new(), "nor can it be asked about by not");
}

#[test]
fn a_person_has_what_apps_ask_for_and_never_a_password() {
    let everything = |attrs: &[&str]| {
        let request = searching("ou=people,dc=example,dc=org", Scope::Subtree, "(uid=ada@example.org)", attrs);
        attributes(&carry_out(read(request, Vec::new()), 10).0[0])
    };
    let user = [
        "objectClass: top; person; organizationalPerson; inetOrgPerson",
        "uid: ada@example.org",
        "cn: Ada Lovelace",
        "sn: Ada Lovelace",
        "displayName: Ada Lovelace",
        "mail: ada@example.org; countess@example.org",
    ];
    assert_eq!(everything(&[]), user);
    assert_eq!(everything(&["*", "userPassword"]), user);
    let operational = [
        "memberOf: cn=mail,ou=groups,dc=example,dc=org; cn=calendars,ou=groups,dc=example,dc=org",
        "entryUUID: 01010101-0101-0101-0101-010101010101",
        "createTimestamp: 20010909014640Z",
        "subschemaSubentry: cn=subschema",
    ];
    assert_eq!(everything(&["+"]), operational);
    assert_eq!(everything(&["*", "+"]), [&user[..], &operational[..]].concat());
    assert_eq!(everything(&["MAIL", "jpegPhoto", "entryuuid"]), [user[5], operational[1]]);
    assert_eq!(everything(&["1.1"]), [""; 0]);
    assert_eq!(everything(&["1.1", "cn"]), [user[2]]);
    let mut types = searching("uid=bob@example.org,ou=people,dc=example,dc=org", Scope::Base, "(uid=*)", &[]);
    types.typesonly = true;
    let bob = &carry_out(read(types, Vec::new()), 10).0[0];
    assert_eq!(attributes(bob), ["objectClass: ", "uid: ", "cn: ", "sn: ", "displayName: ", "mail: "]);
}

#[test]
fn a_group_has_its_members_and_an_id_that_stays() {
    let read_group = || {
        let base = "cn=mail,ou=groups,dc=example,dc=org";
        let request = searching(base, Scope::Base, "(objectClass=*)", &["*", "entryUUID"]);
        attributes(&carry_out(read(request, Vec::new()), 10).0[0])
    };
    assert_eq!(
        read_group(),
        [
            "objectClass: top; groupOfNames",
            "cn: mail",
            "member: uid=ada@example.org,ou=people,dc=example,dc=org; uid=charles,ou=people,dc=example,dc=org",
            "entryUUID: 4abba77b-a318-83bb-9109-3790010470f1",
        ]
    );
}

#[test]
fn only_those_members_are_asked_for_that_matter() {
    let members = |filter: &str, attrs: &[&str]| {
        let request = searching("ou=groups,dc=example,dc=org", Scope::One, filter, attrs);
        Answer::new(read(request, Vec::new()), 10).members()
    };
    assert_eq!(members("(cn=mail)", &["cn"]), Members::Unasked);
    assert_eq!(members("(cn=mail)", &[]), Members::All);
    assert_eq!(members("(member=*)", &["cn"]), Members::All);
    let by_name =
        "(|(member=uid=ada@example.org,ou=people,dc=example,dc=org)(!(member=uid=B\\2bb,ou=people,dc=example,dc=org)))";
    assert_eq!(members(by_name, &["cn"]), Members::Few(vec!["ada@example.org".into(), "b+b".into()]));
    assert_eq!(members("(member=cn=elsewhere)", &["cn"]), Members::Unasked);
}

#[test]
fn what_is_not_there_is_said_to_be_missing() {
    let missing = |base: &str, scope| {
        let (entries, done) = carry_out(read(searching(base, scope, "(objectClass=*)", &[]), Vec::new()), 10);
        assert!(entries.is_empty() && code(&done) == LdapResultCode::NoSuchObject, "{base}");
    };
    for base in ["dc=example,dc=com", "uid=eve,ou=people,dc=example,dc=org", "cn=reader,dc=example,dc=org", "dc=org"] {
        missing(base, Scope::Base);
        missing(base, Scope::One);
        missing(base, Scope::Subtree);
    }
}

fn paged(size: i64, cookie: Vec<u8>) -> Vec<LdapControl> {
    vec![LdapControl::SimplePagedResults { size, cookie }]
}

/// Goes through all pages; gives how many entries each has.
fn pages(size: i64, entries_max: u32) -> (Vec<usize>, Vec<String>) {
    let (mut lengths, mut names, mut cookie) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let request = searching("dc=example,dc=org", Scope::Subtree, "(!(cn=contacts))", &[]);
        let (entries, done) = carry_out(read(request, paged(size, cookie)), entries_max);
        assert_eq!(code(&done), LdapResultCode::Success);
        lengths.push(entries.len());
        names.extend(entries.into_iter().map(|entry| entry.dn));
        cookie = match &done.ctrl[..] {
            [LdapControl::SimplePagedResults { size: 0, cookie }] => cookie.clone(),
            other => panic!("{other:?}"),
        };
        if cookie.is_empty() {
            return (lengths, names);
        }
    }
}

#[test]
fn pages_of_any_size_have_everything_once() {
    let (one, all) = pages(1000, 1000);
    assert_eq!(one, [8]);
    for (size, lengths) in [(1, vec![1; 8]), (3, vec![3, 3, 2]), (4, vec![4, 4]), (7, vec![7, 1]), (8, vec![8])] {
        assert_eq!(pages(size, 1000), (lengths, all.clone()));
    }
    assert_eq!(pages(1000, 3), (vec![3, 3, 2], all), "the operator's limit makes pages shorter");
}

#[test]
fn a_page_of_nothing_ends_the_search() {
    for cookie in [&b""[..], b"f\x02", b"pada@example.org"] {
        let request = searching("dc=example,dc=org", Scope::Subtree, "(objectClass=*)", &[]);
        let answer = Answer::new(read(request.clone(), paged(0, cookie.to_vec())), 100);
        assert_eq!((answer.people(), answer.groups()), (People::Nobody, Vec::new()), "nothing is looked up for it");
        let (entries, done) = carry_out(read(request, paged(0, cookie.to_vec())), 100);
        assert!(entries.is_empty() && code(&done) == LdapResultCode::Success);
        assert_eq!(done.ctrl, paged(0, Vec::new()));
    }
}

#[test]
fn who_wants_more_than_the_limit_is_told_that_there_is_more() {
    use LdapResultCode::{SizeLimitExceeded, Success};
    let limited = |size_limit: i32, entries_max: u32, ctrl: Vec<LdapControl>| {
        let mut request = searching("ou=people,dc=example,dc=org", Scope::One, "(objectClass=*)", &[]);
        request.sizelimit = size_limit;
        let (entries, done) = carry_out(read(request, ctrl), entries_max);
        (entries.len(), code(&done))
    };
    assert_eq!(limited(2, 100, Vec::new()), (2, SizeLimitExceeded));
    assert_eq!(limited(3, 100, Vec::new()), (3, Success), "there are three");
    assert_eq!(limited(0, 1, Vec::new()), (1, SizeLimitExceeded));
    assert_eq!(limited(2, 100, paged(100, Vec::new())), (2, SizeLimitExceeded));
    assert_eq!(limited(2, 100, paged(2, Vec::new())), (2, SizeLimitExceeded), "a page as long as the whole is none");
    assert_eq!(limited(3, 100, paged(2, Vec::new())), (2, Success), "a page that is shorter is a page");
    assert_eq!(limited(0, 0, paged(2, Vec::new())), (1, Success), "one at least, or pages would never end");
}

#[test]
fn whoever_is_offered_again_is_passed_over() {
    let request =
        searching("dc=example,dc=org", Scope::Subtree, "(|(uid=ada@example.org)(mail=countess@example.org))", &[]);
    let mut answer = Answer::new(read(request, Vec::new()), 10);
    assert!(matches!(answer.people(), People::Few(lookups) if lookups.len() == 2));
    let mut out = Vec::new();
    for account in [0, 0, 1, 0] {
        assert_eq!(answer.person(&person(&ACCOUNTS[account]), &mut out), Next::Continue);
    }
    answer.done(&mut out);
    assert_eq!(replies(&out).len(), 2, "an entry and the end");
}

#[test]
fn a_forged_cookie_only_skips() {
    let request = || searching("dc=example,dc=org", Scope::Subtree, "(objectClass=*)", &[]);
    let after = |cookie: &[u8]| carry_out(read(request(), paged(100, cookie.to_vec())), 100).0.len();
    assert_eq!(after(b"f\xff"), 3);
    assert_eq!(after(b"p"), 3);
    assert_eq!(after("pé".as_bytes()), 0);
    assert_eq!(after(b"pbob"), 2);
    for none in [&b"x"[..], b"f", b"f\x01\x02", b"p\xff", &[b'p'; 600]] {
        let bytes = self::request(7, LdapOp::SearchRequest(request()), paged(5, none.to_vec()));
        let mut out = Vec::new();
        let (used, event) = Session::new(tree(), Transport::Encrypted).receive(&bytes, &mut out);
        assert!(used == bytes.len() && matches!(event, Event::More));
        assert_eq!(code(&replies(&out)[0]), LdapResultCode::UnwillingToPerform);
    }
}

#[test]
fn a_search_that_fails_on_the_way_ends_with_its_reason() {
    let mut out = Vec::new();
    let request = searching("dc=example,dc=org", Scope::Base, "(objectClass=*)", &[]);
    let mut answer = Answer::new(read(request.clone(), Vec::new()), 10);
    answer.containers(&mut out);
    answer.failed(ResultCode::Unavailable, "Later.", &mut out);
    read(request, Vec::new()).refuse(ResultCode::InsufficientAccessRights, "Only for readers.", &mut out);
    let replies = replies(&out);
    assert!(matches!(replies[0].op, LdapOp::SearchResultEntry(_)));
    assert_eq!(code(&replies[1]), LdapResultCode::Unavailable);
    assert_eq!(code(&replies[2]), LdapResultCode::InsufficentAccessRights);
}
