-- What the portal keeps. Keep in step with sqlite/0002_portal.sql.

-- A browser that is signed in, or that has shown the primary password and is asked for the second factor.
CREATE TABLE session (
    -- of the token that only the browser has
    digest BYTEA NOT NULL PRIMARY KEY,
    id BYTEA NOT NULL,
    account_id BYTEA NOT NULL REFERENCES account (id),
    stage TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- when everything that the account has was last shown
    second_factor_at BIGINT,
    browser TEXT COLLATE "C",
    network TEXT COLLATE "C"
);
CREATE UNIQUE INDEX session_id ON session (id);
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_seen ON session (seen_at);

ALTER TABLE account ADD COLUMN locale TEXT COLLATE "C";
-- when, because staff asked, all its second factors go
ALTER TABLE account ADD COLUMN factors_end_at BIGINT;
CREATE INDEX account_factors_end ON account (factors_end_at) WHERE factors_end_at IS NOT NULL;

-- how it was last tried after its end
ALTER TABLE app_password ADD COLUMN tried_at BIGINT;
ALTER TABLE app_password ADD COLUMN tried_service TEXT COLLATE "C";
ALTER TABLE app_password ADD COLUMN tried_client TEXT COLLATE "C";
ALTER TABLE app_password ADD COLUMN tried_network TEXT COLLATE "C";
-- how many days before its end its owner was last warned
ALTER TABLE app_password ADD COLUMN warned_days BIGINT;

-- A link that is good once: whoever has it got it from staff, or by mail.
CREATE TABLE link (
    -- of the code in it
    digest BYTEA NOT NULL PRIMARY KEY,
    id BYTEA NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    -- whose; for a registration nobody's yet
    account_id BYTEA REFERENCES account (id),
    -- the login name that a registration is for
    login TEXT COLLATE "C",
    -- the address that it was mailed to, and whose reader it proves
    address TEXT COLLATE "C",
    made_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX link_id ON link (id);
CREATE INDEX link_account ON link (account_id, kind);
CREATE INDEX link_expiry ON link (expires_at);

-- A browser in which somebody has signed in before.
CREATE TABLE browser (
    -- of the token that only the browser has
    digest BYTEA NOT NULL,
    account_id BYTEA NOT NULL REFERENCES account (id),
    id BYTEA NOT NULL,
    name TEXT COLLATE "C",
    network TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- until when it may leave the second factor out
    trusted_until BIGINT,
    PRIMARY KEY (digest, account_id)
);
CREATE UNIQUE INDEX browser_id ON browser (id);
CREATE INDEX browser_account ON browser (account_id, id);
CREATE INDEX browser_seen ON browser (seen_at);

-- What staff look accounts up by: narrow, as all of it is read for what nobody has. Not in the account's row, which every
-- sign-in reads. Closed accounts are not in it.
CREATE TABLE directory (
    login TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES account (login),
    state TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C",
    second_factors BIGINT NOT NULL,
    -- every login name and the name that people see, in small letters
    words TEXT COLLATE "C" NOT NULL
);
INSERT INTO directory (login, state, kind, role, second_factors, words)
    SELECT a.login, a.state, a.kind, a.role, a.second_factors,
        (SELECT string_agg(n.name, chr(10)) FROM login_name n WHERE n.account_id = a.id) || chr(10) || lower(a.display_name)
    FROM account a WHERE a.state <> 'closed';

CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_action ON audit (action, id);

-- What of an account is still to be told.
CREATE INDEX outbox_account ON outbox (account_id, kind) WHERE done_at IS NULL;
