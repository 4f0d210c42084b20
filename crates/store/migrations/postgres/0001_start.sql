-- Every moment is in milliseconds since 1970-01-01 UTC, every id 16 bytes. Keep in step with sqlite/0001_start.sql:
-- a test compares the two schemas.

CREATE TABLE account (
    id BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C",
    -- the canonical login name, which stands in login_name too; what a sign-in looks for is found where the row is
    login TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    display_name TEXT COLLATE "C" NOT NULL,
    notice_address TEXT COLLATE "C",
    -- how many rows of second_factor it has: every sign-in asks, and reads it here
    second_factors BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    -- goes up with every change: incrementing it locks the account
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_id ON account (id);

-- Not in the account's row, which every sign-in reads.
CREATE TABLE primary_password (
    account_id BYTEA NOT NULL PRIMARY KEY REFERENCES account (id),
    -- Argon2id, as a PHC string
    hash TEXT COLLATE "C" NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE login_name (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES account (id),
    -- of a closed account: until when nobody else may have it
    reserved_until BIGINT
);
CREATE INDEX login_name_account ON login_name (account_id, name);

CREATE TABLE second_factor (
    id BYTEA NOT NULL PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES account (id),
    kind TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    -- sealed
    secret BYTEA NOT NULL,
    key_id BIGINT NOT NULL,
    -- the last TOTP step used
    last_step BIGINT,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX second_factor_account ON second_factor (account_id, id);

CREATE TABLE recovery_code (
    account_id BYTEA NOT NULL REFERENCES account (id),
    digest BYTEA NOT NULL,
    key_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (account_id, digest)
);

CREATE TABLE app_password (
    id BYTEA NOT NULL,
    account_id BYTEA NOT NULL REFERENCES account (id),
    label TEXT COLLATE "C" NOT NULL,
    -- bits, as the domain numbers them
    scopes BIGINT NOT NULL,
    networks TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    key_id BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    -- when, why and by whom it was revoked; when it expired
    ended_at BIGINT,
    ended_why TEXT COLLATE "C",
    ended_by TEXT COLLATE "C",
    last_used_at BIGINT,
    last_service TEXT COLLATE "C",
    last_client TEXT COLLATE "C",
    last_network TEXT COLLATE "C",
    -- what a sign-in looks for is found where the row is
    PRIMARY KEY (account_id, digest)
);
CREATE UNIQUE INDEX app_password_id ON app_password (id);
CREATE INDEX app_password_state ON app_password (account_id, state, id);
CREATE INDEX app_password_expiry ON app_password (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;
CREATE INDEX app_password_ended ON app_password (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX app_password_key ON app_password (key_id);

-- An app sent the account's primary password: shown to its owner on the portal.
CREATE TABLE primary_password_seen (
    account_id BYTEA NOT NULL PRIMARY KEY REFERENCES account (id),
    at BIGINT NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    client TEXT COLLATE "C",
    network TEXT COLLATE "C",
    times BIGINT NOT NULL
);

CREATE TABLE audit (
    id BYTEA NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    account_id BYTEA,
    credential_id BYTEA,
    -- JSON, never with a secret in it
    detail TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_account ON audit (account_id, id);

-- What is to be done once its transaction has committed. Events and ids, never links or codes.
CREATE TABLE outbox (
    id BYTEA NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    account_id BYTEA,
    credential_id BYTEA,
    detail TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
