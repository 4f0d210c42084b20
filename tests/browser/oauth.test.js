// Apps that are let in with the account, by a real browser which holds every redirect against the page's policy.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { look, lookable } from './look.js';
import { code, open, person, showPassword, start } from './portal.js';

let portal;
before(async () => { portal = await start({ oauth: true }); });
after(async () => { await portal?.stop(); });

const scope = 'offline_access urn:ietf:params:oauth:scope:mail urn:ietf:params:oauth:scope:calendars';

/** Asks the portal as an app does: JSON, or a form. */
async function ask(path, body) {
  const isForm = body instanceof URLSearchParams;
  const headers = { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' };
  const asked = https.request(portal.portal + path, { method: 'POST', headers, ca: readFileSync(portal.ca) });
  asked.end(isForm ? body.toString() : JSON.stringify(body));
  const [answer] = await once(asked, 'response');
  const text = (await answer.toArray()).join('');
  return { status: answer.statusCode, ...JSON.parse(text) };
}

/** An app on this very machine, which listens for its user to come back. */
async function app(name) {
  const came = [];
  const server = createServer((request, response) => {
    came.push(new URL(request.url, 'http://127.0.0.1'));
    response.end('<!doctype html><title>Done</title><h1>You may close this window</h1>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const redirect = `http://127.0.0.1:${server.address().port}/done`;
  const { client_id: id, status } = await ask('/oauth/register', { client_name: name, redirect_uris: ['http://127.0.0.1/done'] });
  assert.equal(status, 201);
  const verifier = randomBytes(32).toString('base64url');
  const question = {
    response_type: 'code', client_id: id, redirect_uri: redirect, scope, state: 'a b',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  };
  const exchange = got => ask('/oauth/token', new URLSearchParams({
    grant_type: 'authorization_code', code: got, redirect_uri: redirect, code_verifier: verifier, client_id: id,
  }));
  const back = () => came.filter(url => url.pathname === '/done').at(-1)?.searchParams;
  return { path: `/oauth/authorize?${new URLSearchParams(question)}`, exchange, back, stop: () => server.close() };
}

test('an app is let in, listed, and removed', async () => {
  const [mailer, who] = [await app('Mailer'), person(portal)];
  const page = await open(portal, lookable);
  await page.goto(portal.portal + mailer.path);
  await showPassword(page, who);
  await page.getByLabel('Code from the app').fill(code(who.seed));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: /^Let .*Mailer.* in\?$/ }).waitFor();
  await page.getByText('Nobody has checked this name').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Calendars and contacts' }).getByText('side by side').waitFor();
  assert.deepEqual(await look(portal, page.context(), { consent: mailer.path, 'no-app': '/oauth/authorize' }, { prefix: 'oauth-' }), []);

  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
  assert.equal(mailer.back().get('state'), 'a b');
  assert.equal(mailer.back().get('iss'), portal.portal);
  const tokens = await mailer.exchange(mailer.back().get('code'));
  assert.equal(tokens.status, 200, JSON.stringify(tokens));
  // Radicale's paths do not tell which is which: who asks for calendars is told that it has both.
  const given = `${scope} urn:ietf:params:oauth:scope:contacts`;
  assert.deepEqual(tokens.scope.split(' ').sort(), given.split(' ').sort());

  await page.goto(portal.portal);
  await page.getByRole('link', { name: 'Authorised apps' }).click();
  await page.getByRole('heading', { level: 2, name: 'Mailer' }).waitFor();
  await page.getByText('Mail · Calendars and contacts', { exact: true }).waitFor();
  const remove = new URL(await page.getByRole('link', { name: 'Remove Mailer' }).getAttribute('href'), portal.portal).pathname;
  const pages = { list: '/authorised-apps', remove };
  assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'oauth-' }), []);
  await page.getByRole('link', { name: 'Remove Mailer' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('is removed. No connection was open.').waitFor();
  assert.deepEqual(await look(portal, page.context(), { empty: '/authorised-apps' }, { prefix: 'oauth-' }), []);
  assert.deepEqual(page.complaints.filter(text => !text.includes('400')), []);
  await page.context().close();
  mailer.stop();
});

test('who denies is back at the app, and who has no second factor is told so', async () => {
  const [mailer, who] = [await app('Mailer'), person(portal, { factor: false })];
  const page = await open(portal, lookable);
  await page.goto(portal.portal + mailer.path);
  await showPassword(page, who);
  await page.getByRole('heading', { name: 'Add a second factor first' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Allow' }).count(), 0);
  assert.deepEqual(await look(portal, page.context(), { 'no-factor': mailer.path }, { prefix: 'oauth-' }), []);
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
  assert.equal(mailer.back().get('error'), 'access_denied');
  await page.context().close();
  mailer.stop();
});
