-- Whether a grant of a client is remembered. Keep in step with postgres/0008_clients_of_grants.sql.

CREATE INDEX oauth_grant_client ON oauth_grant (client);
