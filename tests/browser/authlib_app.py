"""An app on somebody's own machine that signs in by Authlib: for tests/browser/apps.test.js, which is its user's browser.

It prints a line of JSON when it wants a page opened, another when its user is back, and one at the end; what is not as it
should be ends it. `REQUESTS_CA_BUNDLE` names the authority of the server's certificate.
"""
import imaplib
import json
import os
import socketserver
import ssl
import sys
from http.server import BaseHTTPRequestHandler

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oauth2.rfc8414 import get_well_known_url as oauth_metadata_of
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet

issuer, mail_port, login = sys.argv[1:]
SCOPE = "openid offline_access urn:ietf:params:oauth:scope:mail"


def say(**what):
    print(json.dumps(what), flush=True)


class Listener(socketserver.TCPServer):
    """Where the browser comes back to: any port of this machine (RFC 8252 section 7.3)."""

    came = None

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}/done"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/done"):
            self.server.came = f"http://127.0.0.1:{self.server.server_address[1]}{self.path}"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Done</title><h1>You may close this window</h1>")

    def log_message(self, *_):
        pass


def mailboxes(token):
    """Signs in as a mail app does; what it sees, or None if it is refused."""
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    with imaplib.IMAP4_SSL("localhost", int(mail_port), ssl_context=context) as mail:
        message = f"user={login}\x01auth=Bearer {token}\x01\x01".encode()
        answers = iter([message, b""])
        try:
            mail.authenticate("XOAUTH2", lambda _: next(answers))
        except imaplib.IMAP4.error:
            return None
        return [line.decode() for line in mail.list()[1]]


def main():
    http = requests.Session()
    found = http.get(get_well_known_url(issuer, external=True)).json()
    OpenIDProviderMetadata(found).validate()
    AuthorizationServerMetadata(http.get(oauth_metadata_of(issuer, external=True)).json()).validate()
    assert found["issuer"] == issuer, found

    me = {"client_name": "Authlib", "redirect_uris": ["http://127.0.0.1/done"], "token_endpoint_auth_method": "none"}
    registered = http.post(found["registration_endpoint"], json=me)
    assert registered.status_code == 201, registered.text
    client = registered.json()

    listener = Listener()
    app = OAuth2Session(
        client["client_id"], scope=SCOPE, redirect_uri=listener.address, token_endpoint_auth_method="none",
        code_challenge_method="S256",
    )
    verifier, nonce = generate_token(48), generate_token()
    url, state = app.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    say(open=url)
    while listener.came is None:
        listener.handle_request()
    say(back=True)
    token = app.fetch_token(
        found["token_endpoint"], authorization_response=listener.came, code_verifier=verifier, state=state
    )
    assert set(token["scope"].split()) == set(SCOPE.split()), token["scope"]

    keys = KeySet.import_key_set(http.get(found["jwks_uri"]).json())
    signed = jwt.decode(token["id_token"], keys, algorithms=found["id_token_signing_alg_values_supported"])
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client["client_id"]}}
    given = {"nonce": nonce, "client_id": client["client_id"], "access_token": token["access_token"], "max_age": 600}
    claims = CodeIDToken(signed.claims, signed.header, options, given)
    claims.validate()
    who = app.get(found["userinfo_endpoint"]).json()
    assert who["sub"] == claims["sub"] and who["email"] == claims["email"] == login, (who, dict(claims))

    assert any("INBOX" in one for one in mailboxes(token["access_token"]))
    assert mailboxes(token["id_token"]) is None, "an ID token opens nothing"
    first = token["refresh_token"]
    token = app.refresh_token(found["token_endpoint"], refresh_token=first)
    assert token["refresh_token"] != first, "it is good once"
    assert any("INBOX" in one for one in mailboxes(token["access_token"]))

    gone = app.revoke_token(found["revocation_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token")
    assert gone.status_code == 200, gone.text
    assert mailboxes(token["access_token"]) is None, "it was given back"
    try:
        app.refresh_token(found["token_endpoint"], refresh_token=token["refresh_token"])
    except OAuthError as refused:
        assert refused.error == "invalid_grant", refused
    else:
        raise AssertionError("it was given back")
    say(done=True, sub=claims["sub"])


main()
