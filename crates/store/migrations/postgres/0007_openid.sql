-- Who has signed in: keys of ID tokens, and tokens that may ask. Keep in step with sqlite/0007_openid.sql.

-- The oldest that are here were used up by newer ones, and stay as long as anything that they signed is good.
CREATE TABLE signing_key (
    -- the thumbprint of the public key
    id BYTEA NOT NULL PRIMARY KEY,
    -- the private key, sealed under the key that key_id names
    sealed BYTEA NOT NULL,
    key_id BIGINT NOT NULL,
    made_at BIGINT NOT NULL
);

-- Whether a token may ask who somebody is: what the grant may, or less.
ALTER TABLE access_token ADD COLUMN openid BIGINT NOT NULL DEFAULT 0;
