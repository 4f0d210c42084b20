// Apps in JavaScript and Python that sign in with the account: openid-client, oauth4webapi and Authlib, as they are, through a
// real browser, and then to the mail with what they got.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { fetchTrusting, serveBeside } from './beside.js';
import { look, lookable } from './look.js';
import { code, command, open, showPassword, start } from './portal.js';

const mail = 'urn:ietf:params:oauth:scope:mail';
const secret = 'kD4+0fJx/2vOQ8m1dX7ePz3w=';
const python = process.env.PYTHON ?? new URL('../../target/python/bin/python', import.meta.url).pathname;

let first, portal, ada, fetched;
before(async () => {
  first = await start();
  const file = join(dirname(first.config), 'client-secret');
  writeFileSync(file, secret);
  chmodSync(file, 0o600);
  portal = await serveBeside(first, [
    '{ id = "webmail", name = "Our webmail", redirect_uris = ["http://127.0.0.1/done"], secret_file = "client-secret", first_party = true }',
    '{ id = "dovecot", name = "Dovecot", secret_file = "client-secret", introspect = true }',
  ]);
  fetched = fetchTrusting(portal.ca);
  // The one who has a mailbox.
  ada = { login: 'ada@example.org', password: 'the-second-of-ada' };
  command(portal, ['account', 'create', ada.login, '--name', 'Ada', '--password-stdin'], `${ada.password}\n`);
  ada.seed = command(portal, ['account', 'enrol-totp', ada.login]).totp_secret;
});
after(async () => { await portal?.stop(); await first?.stop(); });

/** An app's own listener on this machine (RFC 8252 section 7.3): `back` is where its user was sent, with what. */
async function listener(host = '127.0.0.1') {
  const server = createServer((request, response) => {
    response.end('<!doctype html><title>Done</title><h1>You may close this window</h1>');
    const url = new URL(request.url, address);
    if (url.pathname === '/done') server.emit('back', url);
  });
  server.listen(0, host);
  await once(server, 'listening');
  const address = `http://${net.isIPv6(host) ? `[${host}]` : host}:${server.address().port}/done`;
  const back = once(server, 'back').then(([url]) => url);
  return { address, back, stop: () => { server.close(); server.closeAllConnections(); } };
}

/** Ada's browser, signed in once for all tests: a code of her authenticator app is good once. */
let window;
async function browse(url) {
  const isNew = !window;
  window ??= await open(portal, lookable);
  await window.goto(String(url));
  if (!isNew) return window;
  await showPassword(window, ada);
  await window.getByLabel('Code from the app').fill(code(ada.seed));
  await window.getByRole('button', { name: 'Continue' }).click();
  return window;
}

/** Lets the app in whose question is on the page. */
async function allow(page, name) {
  await page.getByRole('heading', { level: 1, name: new RegExp(`^Let .*${name}.* in\\?$`) }).waitFor();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
}

/** Whether a token opens Ada's mailbox at the gateway, by curl. */
function opensMail(token) {
  const options = ['-sS', '--cacert', portal.ca, '--config', '-', '-X', 'LIST "" *', `imaps://localhost:${portal.imaps.port}/`];
  const input = `oauth2-bearer = "${token}"\nuser = "${ada.login}:"\n`;
  try {
    return execFileSync('curl', options, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] }).includes('INBOX');
  } catch (refused) {
    if (refused.status === 67) return false; // curl's code for a login that was denied
    throw refused;
  }
}

test('openid-client finds, registers, is let in, renews and gives back', async () => {
  const own = { redirect_uris: ['http://127.0.0.1/done'], client_name: 'Mailer', token_endpoint_auth_method: 'none' };
  const options = { [openid.customFetch]: fetched };
  const config = await openid.dynamicClientRegistration(new URL(portal.portal), own, openid.None(), options);
  openid.enableNonRepudiationChecks(config); // it checks signatures of ID tokens, although they came by TLS
  const came = await listener();
  const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
  const question = {
    redirect_uri: came.address, scope: `openid email offline_access ${mail}`, state, nonce, max_age: '300',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  };
  const url = openid.buildAuthorizationUrl(config, question);
  const page = await browse(url);
  await page.getByText('It learns who you are: ada@example.org.').waitFor();
  const pages = { openid: url.href.slice(portal.portal.length) };
  assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'oauth-' }), []);
  await allow(page, 'Mailer');

  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, maxAge: 300, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(config, await came.back, checks);
  assert.equal(tokens.scope, `openid offline_access ${mail}`);
  const { sub, email, preferred_username: name, amr } = tokens.claims();
  assert.deepEqual([email, name, amr], [ada.login, ada.login, ['mfa']]);
  const told = await openid.fetchUserInfo(config, tokens.access_token, sub);
  assert.deepEqual({ ...told }, { sub, email, preferred_username: name });
  assert.equal(opensMail(tokens.access_token), true);
  assert.equal(opensMail(tokens.id_token), false);
  await assert.rejects(openid.fetchUserInfo(config, tokens.id_token, sub), { status: 401 });

  const next = await openid.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(next.claims().sub, sub);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  assert.equal(opensMail(next.access_token), true);
  await openid.tokenRevocation(config, next.refresh_token);
  assert.equal(opensMail(next.access_token), false);
  await assert.rejects(openid.refreshTokenGrant(config, next.refresh_token), { error: 'invalid_grant' });
  came.stop();
});

test('openid-client asks for nothing but who somebody is', async () => {
  const own = { redirect_uris: ['http://[::1]/done'], client_name: 'Wiki' };
  const config = await openid.dynamicClientRegistration(
    new URL(portal.portal), own, openid.None(), { [openid.customFetch]: fetched },
  );
  const came = await listener('::1');
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: came.address, scope: 'openid', code_challenge_method: 'S256',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
  });
  const page = await browse(url);
  await page.getByRole('heading', { level: 2, name: 'It will be able to open nothing of yours' }).waitFor();
  const pages = { 'openid-alone': url.href.slice(portal.portal.length) };
  assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'oauth-' }), []);
  await allow(page, 'Wiki');
  const tokens = await openid.authorizationCodeGrant(config, await came.back, { pkceCodeVerifier: verifier, idTokenExpected: true });
  assert.equal(tokens.scope, 'openid');
  assert.equal(tokens.refresh_token, undefined);
  assert.equal((await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, ada.login);
  assert.equal(opensMail(tokens.access_token), false);
  await page.goto(`${portal.portal}/authorised-apps`);
  await page.getByText('Who you are', { exact: true }).waitFor();
  came.stop();
});

test('oauth4webapi signs in as our own webmail, which has a secret, and Dovecot asks', async () => {
  const issuer = new URL(portal.portal);
  const options = { [oauth.customFetch]: fetched };
  for (const algorithm of ['oauth2', 'oidc']) {
    const answer = await oauth.discoveryRequest(issuer, { algorithm, ...options });
    assert.equal((await oauth.processDiscoveryResponse(issuer, answer)).issuer, portal.portal);
  }
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
  // Each way in which a client may prove who it is.
  for (const proof of [oauth.ClientSecretBasic(secret), oauth.ClientSecretPost(secret)]) {
    const client = { client_id: 'webmail' };
    const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()];
    const came = await listener();
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: client.client_id, redirect_uri: came.address, response_type: 'code', scope: `openid ${mail}`, state, nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    });
    const page = await browse(url); // nobody is asked: it is ours
    await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
    const parameters = oauth.validateAuthResponse(as, client, await came.back, state);
    const answer = await oauth.authorizationCodeGrantRequest(as, client, proof, parameters, came.address, verifier, options);
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(as, answer, options);
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const told = await oauth.userInfoRequest(as, client, tokens.access_token, options);
    assert.equal((await oauth.processUserInfoResponse(as, client, sub, told)).email, ada.login);
    assert.equal(opensMail(tokens.access_token), true);

    const dovecot = { client_id: 'dovecot' };
    const ask = async token => oauth.processIntrospectionResponse(as, dovecot,
      await oauth.introspectionRequest(as, dovecot, proof, token, options));
    const { active, sub: whose, username, scope, client_id: whom } = await ask(tokens.access_token);
    assert.deepEqual([active, whose, username, scope, whom], [true, sub, ada.login, mail, 'webmail']);
    assert.deepEqual({ ...await ask(tokens.id_token) }, { active: false });
    const gone = await oauth.revocationRequest(as, client, proof, tokens.access_token, options);
    await oauth.processRevocationResponse(gone);
    assert.deepEqual({ ...await ask(tokens.access_token) }, { active: false });
    assert.equal(opensMail(tokens.access_token), false);
    came.stop();
  }
  const wrong = await oauth.revocationRequest(as, { client_id: 'webmail' }, oauth.ClientSecretBasic('another'), 'x', options);
  assert.equal(wrong.status, 401);
});

test('Authlib finds, registers, is let in, reads mail, renews and gives back', async () => {
  const script = new URL('authlib_app.py', import.meta.url).pathname;
  const env = { ...process.env, REQUESTS_CA_BUNDLE: portal.ca };
  const options = { stdio: ['ignore', 'pipe', 'inherit'], env };
  const app = spawn(python, [script, portal.portal, String(portal.imaps.port), ada.login], options);
  const ended = once(app, 'exit');
  const said = createInterface({ input: app.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await said.next()).value ?? 'null');
  const { open: url } = await next();
  await allow(await browse(url), 'Authlib');
  assert.deepEqual(await next(), { back: true });
  const { done, sub } = await next() ?? {};
  assert.equal(done, true);
  assert.match(sub, /^[0-9a-f-]{36}$/);
  assert.deepEqual(await ended, [0, null]);
  // An app that is done listens no more, also not for the browser that wants an icon of it.
  assert.deepEqual(window.complaints.filter(text => !text.includes('net::ERR_CONNECTION_')), []);
});
