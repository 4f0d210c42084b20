//! Halves of changes, looked for in the store itself, since no command shows all of it.

use std::path::Path;

use postgres::NoTls;
use rusqlite::{Connection, OpenFlags};

/// What must not be there: what it would be, and how to count it. The same text for both engines.
const HALVES: [(&str, &str); 15] = [
    (
        "app passwords without the audit line of their making",
        "SELECT COUNT(*) FROM app_password p WHERE NOT EXISTS (SELECT 1 FROM audit a
         WHERE a.action = 'app-password.created' AND a.credential_id = p.id AND a.account_id = p.account_id)",
    ),
    (
        "audit lines of app passwords that are not there, of accounts that are",
        "SELECT COUNT(*) FROM audit a JOIN account c ON c.id = a.account_id AND c.state <> 'closed'
         WHERE a.credential_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM app_password p WHERE p.id = a.credential_id)",
    ),
    (
        "revoked app passwords without the audit line of their revocation",
        "SELECT COUNT(*) FROM app_password p WHERE p.state = 'revoked' AND NOT EXISTS (SELECT 1 FROM audit a
         WHERE a.account_id = p.account_id AND (a.action = 'app-password.all-revoked'
            OR a.action = 'app-password.revoked' AND a.credential_id = p.id))",
    ),
    (
        "audit lines of revocations whose app password is not revoked",
        "SELECT COUNT(*) FROM audit a JOIN app_password p ON p.id = a.credential_id
         WHERE a.action = 'app-password.revoked' AND p.state <> 'revoked'",
    ),
    (
        "revoked app passwords that do not say when, why and by whom, or active ones that do",
        "SELECT COUNT(*) FROM app_password WHERE (state = 'active') <> (ended_at IS NULL)
         OR state = 'revoked' AND (ended_why IS NULL OR ended_by IS NULL)",
    ),
    (
        "audit lines without the notice that is due",
        "SELECT COUNT(*) FROM (SELECT action, account_id, credential_id, at, COUNT(*) FROM audit
            WHERE action NOT IN ('account.created', 'account.deleted', 'account.login-name-added',
                'account.login-name-removed', 'password.set', 'app-password.tried-after-end', 'password.tried-by-app',
                'portal.signed-in', 'portal.signed-out', 'browser.trusted', 'browser.trust-ended', 'link.made',
                'second-factor.renamed', 'account.profile-changed', 'letter.given-up')
            GROUP BY 1, 2, 3, 4
            EXCEPT SELECT kind, account_id, credential_id, created_at, COUNT(*) FROM outbox GROUP BY 1, 2, 3, 4) AS lacking",
    ),
    (
        "notices of what is not in the audit log",
        "SELECT COUNT(*) FROM (SELECT kind, account_id, credential_id, created_at, COUNT(*) FROM outbox GROUP BY 1, 2, 3, 4
            EXCEPT SELECT action, account_id, credential_id, at, COUNT(*) FROM audit GROUP BY 1, 2, 3, 4) AS lacking",
    ),
    (
        "accounts without their login name",
        "SELECT COUNT(*) FROM account c WHERE c.state <> 'closed' AND NOT EXISTS (SELECT 1 FROM login_name n
            WHERE n.name = c.login AND n.account_id = c.id AND n.reserved_until IS NULL)",
    ),
    (
        "login names without their account",
        "SELECT COUNT(*) FROM login_name n WHERE NOT EXISTS (SELECT 1 FROM account c WHERE c.id = n.account_id)",
    ),
    (
        "accounts without the audit line of their making",
        "SELECT COUNT(*) FROM account c WHERE NOT EXISTS (SELECT 1 FROM audit a
            WHERE a.action = 'account.created' AND a.account_id = c.id)",
    ),
    (
        "accounts of the audit log that are not there",
        "SELECT COUNT(*) FROM audit a WHERE NOT EXISTS (SELECT 1 FROM account c WHERE c.id = a.account_id)",
    ),
    (
        "half deleted accounts",
        "SELECT COUNT(*) FROM account c WHERE (c.state = 'closed') <> EXISTS (SELECT 1 FROM audit a
            WHERE a.action = 'account.deleted' AND a.account_id = c.id)
         OR c.state = 'closed' AND (c.closed_at IS NULL
            OR EXISTS (SELECT 1 FROM primary_password w WHERE w.account_id = c.id)
            OR EXISTS (SELECT 1 FROM old_password o WHERE o.account_id = c.id)
            OR EXISTS (SELECT 1 FROM login_name n WHERE n.account_id = c.id AND n.reserved_until IS NULL)
            OR EXISTS (SELECT 1 FROM app_password p WHERE p.account_id = c.id)
            OR EXISTS (SELECT 1 FROM second_factor f WHERE f.account_id = c.id)
            OR EXISTS (SELECT 1 FROM recovery_code r WHERE r.account_id = c.id))",
    ),
    (
        "accounts whose second factors were miscounted",
        "SELECT COUNT(*) FROM account c
         WHERE c.second_factors <> (SELECT COUNT(*) FROM second_factor f WHERE f.account_id = c.id)",
    ),
    (
        "second factors without recovery codes, or the other way round",
        "SELECT COUNT(*) FROM account c WHERE (SELECT COUNT(*) FROM recovery_code r WHERE r.account_id = c.id)
         <> CASE WHEN EXISTS (SELECT 1 FROM second_factor f WHERE f.account_id = c.id) THEN 10 ELSE 0 END",
    ),
    (
        "accounts with more than 25 active app passwords, or with any while suspended",
        "SELECT COUNT(*) FROM account c WHERE (SELECT COUNT(*) FROM app_password p
            WHERE p.account_id = c.id AND p.state = 'active') > CASE WHEN c.state = 'active' THEN 25 ELSE 0 END",
    ),
];

/// Looks for halves in an SQLite file, which a server may have open.
///
/// # Panics
/// If there is one, or the file is damaged.
pub fn expect_none_in_file(file: &Path) {
    let database =
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("a file that can be read");
    let text = |sql: &str| database.query_row(sql, [], |row| row.get::<_, String>(0));
    assert_eq!(text("PRAGMA integrity_check").as_deref(), Ok("ok"));
    let dangling = text("PRAGMA foreign_key_check");
    assert_eq!(dangling, Err(rusqlite::Error::QueryReturnedNoRows));
    expect_none(|sql| database.query_row(sql, [], |row| row.get(0)).expect("a question that both engines understand"));
}

/// Looks for halves in a PostgreSQL database.
///
/// # Panics
/// If there is one.
pub fn expect_none_in_database(url: &str) {
    let mut client = postgres::Client::connect(url, NoTls).expect("a database that runs");
    expect_none(|sql| client.query_one(sql, &[]).expect("a question that both engines understand").get(0));
}

fn expect_none(mut count: impl FnMut(&str) -> i64) {
    let found = HALVES.map(|(what, sql)| (count(sql), what));
    let halves: Vec<_> = found.iter().filter(|(count, _)| *count > 0).collect();
    assert!(halves.is_empty(), "{halves:#?}");
}
