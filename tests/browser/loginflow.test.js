// An app of calendars that opens a page to get an app password of its own, as DAVx5 does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, lookHere, lookable } from './look.js';
import { asApp, code, isLetIn, open, person, showPassword, start } from './portal.js';

const agent = 'DAVx5/4.5.3-ose (2025/11/01; dav4jvm; okhttp/4.12.0) Android/15';

let portal;
before(async () => { portal = await start({ loginFlow: true }); });
after(async () => { await portal?.stop(); });

/** An app that begins; `poll` asks for its app password. */
async function begin() {
  const ask = asApp(portal);
  const begun = await ask(`${portal.portal}/index.php/login/v2`, { method: 'POST', headers: { 'User-Agent': agent } });
  assert.equal(begun.status, 200);
  const { login, poll: { endpoint, token } } = await begun.json();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const poll = async () => {
    const answer = await ask(endpoint, { method: 'POST', headers, body: new URLSearchParams({ token }) });
    return { status: answer.status, said: await answer.json() };
  };
  return { login, path: new URL(login).pathname, poll };
}

/** Comes from the app, and signs in. */
async function come(app, who) {
  const page = await open(portal, lookable);
  await page.goto(app.login);
  await page.getByRole('heading', { level: 1, name: /^Sign in to continue to .*DAVx5, Android/ }).waitFor();
  await page.getByText('Nobody has checked this name').waitFor();
  await showPassword(page, who);
  if (who.seed) {
    await page.getByLabel('Code from the app').fill(code(who.seed));
    await page.getByRole('button', { name: 'Continue' }).click();
  }
  await page.getByRole('heading', { level: 1, name: /^Make an app password for .*DAVx5, Android/ }).waitFor();
  return page;
}

test('an app gets an app password of its own, once, and it is listed', async () => {
  const [app, other, who] = [await begin(), await begin(), person(portal)];
  assert.equal((await app.poll()).status, 404);
  const page = await come(app, who);
  await page.getByText('127.0.0.1, where this browser is too').waitFor();
  await page.getByText(agent).waitFor();
  assert.equal(await page.getByLabel('Mail').count(), 0, 'it has no use for mail');
  assert.deepEqual(await look(portal, page.context(), { ask: app.path }, { prefix: 'flow-' }), []);

  await page.getByLabel('What is it for?').fill('');
  await page.getByLabel('Contacts').uncheck();
  await page.getByLabel('Calendars').uncheck();
  await page.locator('main form').evaluate(form => { form.noValidate = true; });
  await page.getByRole('button', { name: 'Yes, allow it' }).click();
  await page.getByText('Choose at least one.').waitFor();
  assert.deepEqual(await lookHere(page, 'flow-wrong'), []);
  assert.equal((await app.poll()).status, 404, 'nobody has answered');

  await page.getByLabel('What is it for?').fill('DAVx5 on the tablet');
  await page.getByLabel('Calendars').check();
  await page.getByRole('button', { name: 'Yes, allow it' }).click();
  await page.getByRole('heading', { level: 1, name: /DAVx5 on the tablet.* gets its app password/ }).waitFor();
  assert.deepEqual(await lookHere(page, 'flow-allowed'), []);
  const { status, said } = await app.poll();
  assert.deepEqual([status, said.server, said.loginName], [200, 'https://dav.example.org', who.login]);
  assert.deepEqual(await app.poll(), { status: 404, said: [] });
  assert.equal(isLetIn(portal, said.loginName, said.appPassword), true);
  assert.deepEqual(await look(portal, page.context(), { over: app.path }, { prefix: 'flow-' }), []);

  await page.goto(other.login);
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('heading', { level: 1, name: /DAVx5, Android.* is not let in/ }).waitFor();
  assert.equal((await other.poll()).status, 404);

  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByText('DAVx5 on the tablet').first().waitFor();
  await page.getByRole('link', { name: /^Revoke.*DAVx5 on the tablet/ }).click();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No connection was open').waitFor();
  assert.equal(isLetIn(portal, said.loginName, said.appPassword), false);
  assert.deepEqual(page.complaints.filter(text => !text.includes('410')), []);
  await page.context().close();
});

test('who has no second factor gives no app an app password', async () => {
  const [app, who] = [await begin(), person(portal, { factor: false })];
  const page = await come(app, who);
  await page.getByRole('heading', { name: 'Add a second factor first' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Yes, allow it' }).count(), 0);
  assert.deepEqual(await look(portal, page.context(), { 'no-factor': app.path }, { prefix: 'flow-' }), []);
  await page.getByRole('button', { name: 'Deny' }).click();
  await page.getByRole('heading', { level: 1, name: /is not let in/ }).waitFor();
  assert.equal((await app.poll()).status, 404);
  await page.context().close();
});
