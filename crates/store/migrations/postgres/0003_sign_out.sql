-- What other servers are to be told. Keep in step with sqlite/0003_sign_out.sql.

-- Somebody is to be signed out at another server: at once, and once more after that server's login timeout.
CREATE TABLE sign_out (
    -- the receiver sees it at every attempt of both runs
    id BYTEA NOT NULL PRIMARY KEY,
    -- as the configuration calls it
    server TEXT COLLATE "C" NOT NULL,
    -- no reference: it is carried out also when the account is gone
    account_id BYTEA NOT NULL,
    -- none if all of the account's are meant
    credential_id BYTEA,
    -- the login names as they were, the canonical one first, one on a line; none once it is done
    logins TEXT COLLATE "C",
    why TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    -- 1 at once, 2 after the login timeout
    run BIGINT NOT NULL,
    -- of this run
    attempts BIGINT NOT NULL,
    -- of the runs that went well
    outcome TEXT COLLATE "C",
    -- why the last attempt failed, unless one went well since
    trouble TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX sign_out_due ON sign_out (server, due_at, id) WHERE done_at IS NULL;
CREATE INDEX sign_out_account ON sign_out (account_id, created_at);
CREATE INDEX sign_out_created ON sign_out (created_at);
