-- Who has signed in: keys of ID tokens, and tokens that may ask. Keep in step with postgres/0007_openid.sql.

-- The oldest that are here were used up by newer ones, and stay as long as anything that they signed is good.
CREATE TABLE signing_key (
    -- the thumbprint of the public key
    id BLOB NOT NULL PRIMARY KEY,
    -- the private key, sealed under the key that key_id names
    sealed BLOB NOT NULL,
    key_id INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether a token may ask who somebody is: what the grant may, or less.
ALTER TABLE access_token ADD COLUMN openid INTEGER NOT NULL DEFAULT 0;
