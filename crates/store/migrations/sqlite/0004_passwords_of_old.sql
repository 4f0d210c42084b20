-- The passwords of the server that people come from. Keep in step with postgres/0004_passwords_of_old.sql.

-- whether it came with an import, so that another server may know it
ALTER TABLE primary_password ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;

-- Opens nothing here. It is kept for a while, to tell whose apps still send it.
CREATE TABLE old_password (
    account_id BLOB NOT NULL PRIMARY KEY REFERENCES account (id),
    hash TEXT NOT NULL,
    -- when the primary password became another one
    replaced_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX old_password_replaced ON old_password (replaced_at, account_id);

-- What apps sent that was no app password: the account's primary one, or the old one.
CREATE TABLE password_sent (
    account_id BLOB NOT NULL REFERENCES account (id),
    password TEXT NOT NULL,
    service TEXT NOT NULL,
    -- nothing if it is not known
    client TEXT NOT NULL,
    at INTEGER NOT NULL,
    network TEXT,
    times INTEGER NOT NULL,
    PRIMARY KEY (account_id, password, service, client)
) STRICT, WITHOUT ROWID;
INSERT INTO password_sent (account_id, password, service, client, at, network, times)
    SELECT account_id, 'primary', service, coalesce(client, ''), at, network, times FROM primary_password_seen;
DROP TABLE primary_password_seen;
