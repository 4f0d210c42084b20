// Apps that are let in with the account, by a real browser which holds every redirect against the page's policy.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { app as appOf, registered as registeredAt, scope } from './app.js';
import { look, lookable, lookHere } from './look.js';
import { code, command, makeAppPassword, open, person, showPassword, signIn, start } from './portal.js';

let portal;
const dir = mkdtempSync(join(tmpdir(), 'valetkey-oauth-'));
const secret = randomBytes(24).toString('hex');
before(async () => {
  const file = join(dir, 'webmail-secret');
  writeFileSync(file, secret, { mode: 0o600 });
  const webmail = `{ id = "webmail", name = "Our webmail", redirect_uris = ["http://127.0.0.1/done"], secret_file = "${file}", first_party = true }`;
  portal = await start({ oauth: true, more: { VALETKEY__OAUTH__CLIENT: `[${webmail}]` } });
});
after(async () => {
  await portal?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const registered = (name, redirect) => registeredAt(portal, name, redirect);
const app = (name, named) => appOf(portal, name, named && { id: named, secret });

test('whoever signs in for an app is told which it is, and that nobody has checked its name', async () => {
  const long = `${'Mailer'.repeat(12)} <b>`;
  const [mailer, longer, webmail] = [await app('Mailer'), await app(long), await app('Our webmail', 'webmail')];
  const page = await open(portal, lookable);
  const signIn = asked => `/sign-in?next=${encodeURIComponent(asked)}`;
  await page.goto(portal.portal + mailer.path);
  await page.getByRole('heading', { level: 1, name: /^Sign in to continue to .*Mailer/ }).waitFor();
  await page.getByText(/Nobody has checked this name.* an app on this device \(.*127\.0\.0\.1/).waitFor();
  assert.equal(await page.getByText('Is an app asking for a password?').count(), 0);
  await page.getByLabel('Login name').fill('nobody@example.org');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Your password').fill('not theirs');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('the password is wrong').waitFor();
  await page.getByRole('heading', { level: 1, name: /^Sign in to continue to .*Mailer/ }).waitFor();
  const pages = { app: signIn(mailer.path), long: signIn(longer.path), known: signIn(webmail.path), device: signIn('/device') };
  assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'sign-in-' }), []);

  await page.goto(portal.portal + pages.long);
  assert.ok((await page.locator('h1').textContent()).includes(long), 'as it is, and no part of the page');
  await page.goto(portal.portal + pages.known);
  await page.getByRole('heading', { level: 1, name: /Our webmail/ }).waitFor();
  assert.equal(await page.getByText('Nobody has checked this name').count(), 0);
  // What is no question of an app, or of one that there is not, is not named.
  for (const other of ['/', '/oauth/authorize', '/oauth/authorize?client_id=app-none', '//evil.example/oauth/authorize', '/login-flow/none']) {
    await page.goto(portal.portal + signIn(other));
    await page.getByRole('heading', { level: 1, name: 'Sign in', exact: true }).waitFor();
    await page.getByText('Is an app asking for a password?').waitFor();
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
  for (const one of [mailer, longer, webmail]) one.stop();
});

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
  const rail = page.getByRole('navigation', { name: 'Your account' });
  await rail.getByRole('link', { name: 'Authorised apps' }).click();
  await page.getByRole('heading', { level: 2, name: 'Mailer' }).waitFor();
  assert.equal(await rail.locator('[aria-current=page]').textContent(), 'Authorised apps');
  await page.goto(portal.portal);
  await page.getByRole('main').getByRole('link', { name: 'Authorised apps' }).click();
  await page.getByText('Mail · Calendars and contacts', { exact: true }).waitFor();
  const remove = new URL(await page.getByRole('link', { name: 'Remove Mailer' }).getAttribute('href'), portal.portal).pathname;
  await page.goto(`${portal.portal}/app-passwords/revoke-all`);
  await page.getByRole('heading', { level: 1, name: 'Remove all authorised apps?' }).waitFor();
  await makeAppPassword(page, portal, 'Phone');
  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByText('1 authorised app will be removed and signed out.').waitFor();
  await page.getByRole('link', { name: 'Revoke all' }).click();
  await page.getByRole('heading', { level: 1, name: 'Revoke all app passwords and remove all authorised apps?' }).waitFor();
  await page.getByText('1 app password will not be accepted again, ever.').waitFor();
  await page.goto(`${portal.portal}/authorised-apps`);
  const pages = {
    list: '/authorised-apps', remove, both: '/app-passwords/revoke-all', 'both-listed': '/app-passwords', 'both-change': '/security/password', help: '/help',
  };
  assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'oauth-' }), []);
  await page.getByRole('link', { name: 'Remove Mailer' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('is removed. No connection was open.').waitFor();
  await page.getByRole('link', { name: 'History' }).click();
  const ended = page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 2, name: 'Mailer' }) });
  assert.match(await ended.innerText(), /Removed\s[^]*You removed it\.\s[^]*Last used\s+Never\s/);
  assert.equal(await rail.locator('[aria-current=page]').textContent(), 'Authorised apps');
  const after = { empty: '/authorised-apps', history: '/authorised-apps/history' };
  assert.deepEqual(await look(portal, page.context(), after, { prefix: 'oauth-' }), []);
  await page.goto(`${portal.portal}/authorised-apps/history`);
  assert.equal(await page.locator('.crumb').getAttribute('href'), '/authorised-apps');
  await rail.getByRole('link', { name: 'Authorised apps' }).click();
  await page.getByRole('heading', { level: 2, name: 'No authorised app yet' }).waitFor();
  assert.deepEqual(page.complaints.filter(text => !text.includes('400')), []);
  await page.context().close();
  mailer.stop();
});

test('our own app asks nobody, and its user comes back to it by a page that goes on by itself', async () => {
  const [webmail, who] = [await app('Our webmail', 'webmail'), person(portal)];
  const page = await open(portal, lookable);
  // The app has no page to show yet: what is between stays, and can be looked at.
  await page.route('http://127.0.0.1:*/**', route => route.fulfill({ status: 204 }));
  await page.goto(portal.portal + webmail.path);
  await showPassword(page, who);
  await page.getByLabel('Code from the app').fill(code(who.seed));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: /^Back to .*Our webmail/ }).waitFor();
  assert.deepEqual(await lookHere(page, 'oauth-back'), []);
  await page.unroute('http://127.0.0.1:*/**');
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
  const first = webmail.back().get('code');
  assert.equal((await webmail.exchange(first)).status, 200);

  // By itself, with the app there, and without a page where nobody has to sign in.
  for (const isSignedIn of [false, true]) {
    const other = isSignedIn ? page : await open(portal);
    await other.goto(portal.portal + webmail.path);
    if (!isSignedIn) {
      await showPassword(other, who);
      await other.getByLabel('Code from the app').fill(code(who.seed, 1));
      await other.getByRole('button', { name: 'Continue' }).click();
    }
    await other.getByRole('heading', { name: 'You may close this window' }).waitFor();
    assert.equal(webmail.back().get('iss'), portal.portal);
    assert.equal((await webmail.exchange(webmail.back().get('code'))).status, 200);
    assert.deepEqual(other.complaints, []);
    if (!isSignedIn) await other.context().close();
  }
  await page.context().close();
  webmail.stop();
});

test('a website that registered itself is led to by its visitors own will alone, and staff see who is known', async () => {
  const who = person(portal);
  command(portal, ['account', 'role', who.login, 'administrator']);
  const id = await registered('Elsewhere', 'https://elsewhere.example/done');
  const question = new URLSearchParams({ response_type: 'code', client_id: id, redirect_uri: 'https://elsewhere.example/done', state: 'x' });
  const page = await open(portal, lookable);
  await signIn(page, who);
  const doubtful = `/oauth/authorize?${question}`;
  assert.deepEqual(await look(portal, page.context(), { doubtful, settings: '/admin/settings' }, { prefix: 'oauth-' }), []);
  await page.goto(portal.portal + doubtful);
  await page.getByRole('heading', { level: 1, name: /Elsewhere/ }).waitFor();
  const away = new URL(await page.getByRole('link', { name: 'Go to elsewhere.example' }).getAttribute('href'));
  assert.deepEqual([away.host, away.searchParams.get('error'), away.searchParams.get('state')], ['elsewhere.example', 'invalid_request', 'x']);
  await page.getByRole('link', { name: 'Stay here' }).click();
  await page.goto(`${portal.portal}/admin/settings`);
  await page.getByText('Our own: its users are not asked').waitFor();
  await page.context().close();
});

test('who has no second factor adds one on the way, and is asked again what the app asks', async () => {
  const [mailer, who] = [await app('Mailer'), person(portal, { factor: false })];
  const page = await open(portal, lookable);
  await page.goto(portal.portal + mailer.path);
  await showPassword(page, who);
  await page.getByRole('link', { name: 'Add an authenticator app' }).click();
  const seed = await page.locator('#seed').textContent();
  for (const typed of ['123456', code(seed)]) {
    await page.getByLabel('Code from the app').fill(typed);
    await page.getByRole('button', { name: 'Add' }).click();
    if (typed === '123456') await page.getByRole('alert').waitFor();
  }
  await page.getByRole('link', { name: 'I have saved them' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
  assert.equal((await mailer.exchange(mailer.back().get('code'))).status, 200);
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
