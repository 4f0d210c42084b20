-- What the portal keeps. Keep in step with postgres/0002_portal.sql.

-- A browser that is signed in, or that has shown the primary password and is asked for the second factor.
CREATE TABLE session (
    -- of the token that only the browser has
    digest BLOB NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    stage TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- when everything that the account has was last shown
    second_factor_at INTEGER,
    browser TEXT,
    network TEXT
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX session_id ON session (id);
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_seen ON session (seen_at);

ALTER TABLE account ADD COLUMN locale TEXT;
-- when, because staff asked, all its second factors go
ALTER TABLE account ADD COLUMN factors_end_at INTEGER;
CREATE INDEX account_factors_end ON account (factors_end_at) WHERE factors_end_at IS NOT NULL;

-- how it was last tried after its end
ALTER TABLE app_password ADD COLUMN tried_at INTEGER;
ALTER TABLE app_password ADD COLUMN tried_service TEXT;
ALTER TABLE app_password ADD COLUMN tried_client TEXT;
ALTER TABLE app_password ADD COLUMN tried_network TEXT;
-- how many days before its end its owner was last warned
ALTER TABLE app_password ADD COLUMN warned_days INTEGER;

-- A link that is good once: whoever has it got it from staff, or by mail.
CREATE TABLE link (
    -- of the code in it
    digest BLOB NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    -- whose; for a registration nobody's yet
    account_id BLOB REFERENCES account (id),
    -- the login name that a registration is for
    login TEXT,
    -- the address that it was mailed to, and whose reader it proves
    address TEXT,
    made_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_id ON link (id);
CREATE INDEX link_account ON link (account_id, kind);
CREATE INDEX link_expiry ON link (expires_at);

-- A browser in which somebody has signed in before.
CREATE TABLE browser (
    -- of the token that only the browser has
    digest BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    id BLOB NOT NULL,
    name TEXT,
    network TEXT,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    -- until when it may leave the second factor out
    trusted_until INTEGER,
    PRIMARY KEY (digest, account_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX browser_id ON browser (id);
CREATE INDEX browser_account ON browser (account_id, id);
CREATE INDEX browser_seen ON browser (seen_at);

-- What staff look accounts up by: narrow, as all of it is read for what nobody has. Not in the account's row, which every
-- sign-in reads. Closed accounts are not in it.
CREATE TABLE directory (
    login TEXT NOT NULL PRIMARY KEY REFERENCES account (login),
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT,
    second_factors INTEGER NOT NULL,
    -- every login name and the name that people see, in small letters
    words TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO directory (login, state, kind, role, second_factors, words)
    SELECT a.login, a.state, a.kind, a.role, a.second_factors,
        (SELECT group_concat(n.name, char(10)) FROM login_name n WHERE n.account_id = a.id) || char(10) || lower(a.display_name)
    FROM account a WHERE a.state <> 'closed';

CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action, id);

-- What of an account is still to be told.
CREATE INDEX outbox_account ON outbox (account_id, kind) WHERE done_at IS NULL;
