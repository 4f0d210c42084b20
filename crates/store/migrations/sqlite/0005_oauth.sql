-- Apps that are authorised with the account. Keep in step with postgres/0005_oauth.sql.

-- A client that registered itself; those that the postmaster has named are in the configuration.
CREATE TABLE oauth_client (
    id TEXT NOT NULL PRIMARY KEY,
    -- what it calls itself
    name TEXT NOT NULL,
    -- one on a line
    redirect_uris TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- when somebody last let it in; none if nobody has
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_client_used ON oauth_client (used_at, created_at);

-- An app's authorisation, with all the tokens that follow from it. It ends as an app password does.
CREATE TABLE oauth_grant (
    id BLOB NOT NULL,
    account_id BLOB NOT NULL REFERENCES account (id),
    -- no reference: a client may be in the configuration, or be gone
    client TEXT NOT NULL,
    name TEXT NOT NULL,
    -- bits, as the domain numbers them
    scopes INTEGER NOT NULL,
    openid INTEGER NOT NULL,
    offline INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- moves on with every refresh
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    ended_why TEXT,
    ended_by TEXT,
    last_used_at INTEGER,
    last_service TEXT,
    last_client TEXT,
    last_network TEXT,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX oauth_grant_expiry ON oauth_grant (expires_at) WHERE state = 'active';
CREATE INDEX oauth_grant_ended ON oauth_grant (ended_at) WHERE ended_at IS NOT NULL;

-- What a sign-in looks for is found where the row is.
CREATE TABLE access_token (
    account_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    grant_id BLOB NOT NULL,
    -- the grant's, or fewer
    scopes INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_token_expiry ON access_token (expires_at);

-- Each is good once; a used one is kept, so that it is recognised when it comes again.
CREATE TABLE refresh_token (
    digest BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    grant_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_grant ON refresh_token (account_id, grant_id);
CREATE INDEX refresh_token_used ON refresh_token (used_at) WHERE used_at IS NOT NULL;

CREATE TABLE authorisation_code (
    digest BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    client TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes INTEGER NOT NULL,
    openid INTEGER NOT NULL,
    offline INTEGER NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge BLOB NOT NULL,
    nonce TEXT,
    -- when its owner signed in
    signed_in_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- what came of it: none until it is exchanged
    grant_id BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX authorisation_code_expiry ON authorisation_code (expires_at);
