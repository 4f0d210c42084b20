-- Every moment is in milliseconds since 1970-01-01 UTC, every id 16 bytes. Keep in step with postgres/0001_start.sql:
-- a test compares the two schemas.

CREATE TABLE account (
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    role TEXT,
    -- the canonical login name, which stands in login_name too; what a sign-in looks for is found where the row is
    login TEXT NOT NULL PRIMARY KEY,
    display_name TEXT NOT NULL,
    notice_address TEXT,
    -- how many rows of second_factor it has: every sign-in asks, and reads it here
    second_factors INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    closed_at INTEGER,
    -- goes up with every change: incrementing it locks the account
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_id ON account (id);

-- Not in the account's row, which every sign-in reads.
CREATE TABLE primary_password (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    -- Argon2id, as a PHC string
    hash TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE login_name (
    name TEXT NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    -- of a closed account: until when nobody else may have it
    reserved_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX login_name_account ON login_name (account_id, name);

CREATE TABLE second_factor (
    id BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    -- sealed
    secret BLOB NOT NULL,
    key_id INTEGER NOT NULL,
    -- the last TOTP step used
    last_step INTEGER,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX second_factor_account ON second_factor (account_id, id);

CREATE TABLE recovery_code (
    account_id BLOB NOT NULL REFERENCES account (id),
    digest BLOB NOT NULL,
    key_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_password (
    id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    label TEXT NOT NULL,
    -- bits, as the domain numbers them
    scopes INTEGER NOT NULL,
    networks TEXT NOT NULL,
    digest BLOB NOT NULL,
    key_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    -- when, why and by whom it was revoked; when it expired
    ended_at INTEGER,
    ended_why TEXT,
    ended_by TEXT,
    last_used_at INTEGER,
    last_service TEXT,
    last_client TEXT,
    last_network TEXT,
    -- what a sign-in looks for is found where the row is
    PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX app_password_id ON app_password (id);
CREATE INDEX app_password_state ON app_password (account_id, state, id);
CREATE INDEX app_password_expiry ON app_password (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;
CREATE INDEX app_password_ended ON app_password (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX app_password_key ON app_password (key_id);

-- An app sent the account's primary password: shown to its owner on the portal.
CREATE TABLE primary_password_seen (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    at INTEGER NOT NULL,
    service TEXT NOT NULL,
    client TEXT,
    network TEXT,
    times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    account_id BLOB,
    credential_id BLOB,
    -- JSON, never with a secret in it
    detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_account ON audit (account_id, id);

-- What is to be done once its transaction has committed. Events and ids, never links or codes.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id BLOB,
    credential_id BLOB,
    detail TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    done_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
