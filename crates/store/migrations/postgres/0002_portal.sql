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
