-- Apps that are authorised with the account. Keep in step with sqlite/0005_oauth.sql.

-- A client that registered itself; those that the postmaster has named are in the configuration.
CREATE TABLE oauth_client (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- what it calls itself
    name TEXT COLLATE "C" NOT NULL,
    -- one on a line
    redirect_uris TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- when somebody last let it in; none if nobody has
    used_at BIGINT
);
CREATE INDEX oauth_client_used ON oauth_client (used_at, created_at);

-- An app's authorisation, with all the tokens that follow from it. It ends as an app password does.
CREATE TABLE oauth_grant (
    id BYTEA NOT NULL,
    account_id BYTEA NOT NULL REFERENCES account (id),
    -- no reference: a client may be in the configuration, or be gone
    client TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    -- bits, as the domain numbers them
    scopes BIGINT NOT NULL,
    openid BIGINT NOT NULL,
    offline BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- moves on with every refresh
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_why TEXT COLLATE "C",
    ended_by TEXT COLLATE "C",
    last_used_at BIGINT,
    last_service TEXT COLLATE "C",
    last_client TEXT COLLATE "C",
    last_network TEXT COLLATE "C",
    PRIMARY KEY (account_id, id)
);
CREATE INDEX oauth_grant_expiry ON oauth_grant (expires_at) WHERE state = 'active';
CREATE INDEX oauth_grant_ended ON oauth_grant (ended_at) WHERE ended_at IS NOT NULL;

-- What a sign-in looks for is found where the row is.
CREATE TABLE access_token (
    account_id BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    grant_id BYTEA NOT NULL,
    -- the grant's, or fewer
    scopes BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, digest)
);
CREATE INDEX access_token_expiry ON access_token (expires_at);

-- Each is good once; a used one is kept, so that it is recognised when it comes again.
CREATE TABLE refresh_token (
    digest BYTEA NOT NULL PRIMARY KEY,
    account_id BYTEA NOT NULL,
    grant_id BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_token_grant ON refresh_token (account_id, grant_id);
CREATE INDEX refresh_token_used ON refresh_token (used_at) WHERE used_at IS NOT NULL;

CREATE TABLE authorisation_code (
    digest BYTEA NOT NULL PRIMARY KEY,
    account_id BYTEA NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    scopes BIGINT NOT NULL,
    openid BIGINT NOT NULL,
    offline BIGINT NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    challenge BYTEA NOT NULL,
    nonce TEXT COLLATE "C",
    -- when its owner signed in
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- what came of it: none until it is exchanged
    grant_id BYTEA
);
CREATE INDEX authorisation_code_expiry ON authorisation_code (expires_at);
