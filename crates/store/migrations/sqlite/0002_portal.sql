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
