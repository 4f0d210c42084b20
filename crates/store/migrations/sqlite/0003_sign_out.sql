-- What other servers are to be told. Keep in step with postgres/0003_sign_out.sql.

-- Somebody is to be signed out at another server: at once, and once more after that server's login timeout.
CREATE TABLE sign_out (
    -- the receiver sees it at every attempt of both runs
    id BLOB NOT NULL PRIMARY KEY,
    -- as the configuration calls it
    server TEXT NOT NULL,
    -- no reference: it is carried out also when the account is gone
    account_id BLOB NOT NULL,
    -- none if all of the account's are meant
    credential_id BLOB,
    -- the login names as they were, the canonical one first, one on a line; none once it is done
    logins TEXT,
    why TEXT NOT NULL,
    state TEXT NOT NULL,
    -- 1 at once, 2 after the login timeout
    run INTEGER NOT NULL,
    -- of this run
    attempts INTEGER NOT NULL,
    -- of the runs that went well
    outcome TEXT,
    -- why the last attempt failed, unless one went well since
    trouble TEXT,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_out_due ON sign_out (server, due_at, id) WHERE done_at IS NULL;
CREATE INDEX sign_out_account ON sign_out (account_id, created_at);
CREATE INDEX sign_out_created ON sign_out (created_at);
