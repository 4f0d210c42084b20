-- What was begun elsewhere and waits for somebody's approval. Keep in step with sqlite/0006_approval.sql.

-- An app on a device asks (RFC 8628), or one that wants an app password (Login Flow v2). Answered once, on a page of the portal;
-- what comes of it is made for the one poll that asks for it, and no secret of it is kept.
CREATE TABLE approval (
    -- of what the app polls with
    digest BYTEA NOT NULL PRIMARY KEY,
    -- of what leads to its page: the code that a device shows, under the key of the key file, or the token of a link
    page BYTEA NOT NULL,
    -- none: it wants an app password
    client TEXT COLLATE "C",
    -- what the app is called; of an app password, the label that its owner gave it
    name TEXT COLLATE "C" NOT NULL,
    -- what is asked for, and once it is answered what was given
    scopes BIGINT NOT NULL,
    openid BIGINT NOT NULL,
    offline BIGINT NOT NULL,
    -- where it was begun, as far as that is known
    network TEXT COLLATE "C",
    agent TEXT COLLATE "C",
    began_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- open, given, denied, used
    state TEXT COLLATE "C" NOT NULL,
    -- who has answered
    account_id BYTEA,
    -- when they signed in
    signed_in_at BIGINT,
    -- what came of it, if that is a grant
    grant_id BYTEA
);
CREATE UNIQUE INDEX approval_page ON approval (page);
CREATE INDEX approval_expiry ON approval (expires_at);
CREATE INDEX approval_account ON approval (account_id) WHERE account_id IS NOT NULL;
