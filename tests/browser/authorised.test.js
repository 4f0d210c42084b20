// Authorised apps as staff see them: on the account's page and among the connections, removed with what they have open.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { app } from './app.js';
import { serveBeside } from './beside.js';
import { look, lookable } from './look.js';
import { code, command, idleWithToken, open, person, showPassword, signIn, start } from './portal.js';

const secret = 'kD4+0fJx/2vOQ8m1dX7ePz3w=';
let first, portal, ada, account, tokens;
before(async () => {
  first = await start();
  const file = join(dirname(first.config), 'client-secret');
  writeFileSync(file, secret);
  chmodSync(file, 0o600);
  portal = await serveBeside(first, [
    '{ id = "webmail", name = "Our webmail", redirect_uris = ["http://127.0.0.1/done"], secret_file = "client-secret", first_party = true }',
  ]);
  // The one who has a mailbox.
  ada = { login: 'ada@example.org', password: 'the-second-of-ada' };
  command(portal, ['account', 'create', ada.login, '--name', 'Ada', '--password-stdin'], `${ada.password}\n`);
  ada.seed = command(portal, ['account', 'enrol-totp', ada.login]).totp_secret;
  account = `/admin/accounts/${command(portal, ['account', 'show', ada.login]).id}`;
  tokens = await letIn();
});
after(async () => { await portal?.stop(); await first?.stop(); });

/** Ada lets three apps in, and removes one of them; the tokens of the one that stays and has registered itself. */
async function letIn() {
  const page = await open(portal);
  let kept;
  for (const [name, named] of [['Old mailer'], ['Our webmail', { id: 'webmail', secret }], ['Mailer']]) {
    const one = await app(portal, name, named);
    await page.goto(portal.portal + one.path);
    if (name === 'Old mailer') {
      await showPassword(page, ada);
      await page.getByLabel('Code from the app').fill(code(ada.seed));
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    if (!named) await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByRole('heading', { name: 'You may close this window' }).waitFor();
    kept = await one.exchange(one.back().get('code'));
    assert.equal(kept.status, 200, JSON.stringify(kept));
    one.stop();
  }
  await page.goto(`${portal.portal}/authorised-apps`);
  await page.getByRole('link', { name: 'Remove Old mailer' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('is removed. No connection was open.').waitFor();
  await page.context().close();
  return kept;
}

/** Somebody with a role, signed in. */
async function staff(role, options = {}) {
  const who = person(portal);
  command(portal, ['account', 'role', who.login, role]);
  const page = await open(portal, options);
  await signIn(page, who);
  return { ...who, page };
}

const news = page => page.locator('.notice[role=status]').textContent();
const part = page => page.locator('section', { has: page.getByRole('heading', { level: 2, name: 'Authorised apps' }) });
const rowOf = (page, name) => part(page).locator('ul.rows > li', { hasText: name });

test('an auditor sees authorised apps and removes none, also by a forged form', async () => {
  const { page } = await staff('auditor');
  await page.goto(portal.portal + account);
  await rowOf(page, 'Our webmail').waitFor();
  assert.equal(await page.getByRole('link', { name: /^Remove/ }).count(), 0);
  const [{ id }] = command(portal, ['authorised-app', 'list', ada.login]);
  const address = `${portal.portal}${account}/authorised-apps/${id}/remove`;
  const form = { form: await page.locator('input[name=form]').first().inputValue() };
  const headers = { origin: portal.portal };
  assert.equal((await page.request.get(address, { maxRedirects: 0 })).status(), 403);
  assert.equal((await page.request.post(address, { form, headers, maxRedirects: 0 })).status(), 403);
  assert.equal(command(portal, ['authorised-app', 'list', ada.login]).length, 2);
  await page.context().close();
});

test('staff see what is authorised, and remove it with its connections', async () => {
  const waiting = await idleWithToken(portal, ada.login, tokens.access_token);
  const { page } = await staff('administrator', lookable);
  await page.goto(`${portal.portal}/admin/accounts`);
  await page.locator('tbody tr', { hasText: ada.login }).getByRole('cell', { name: '0 of 25 2 apps are authorised.' }).waitFor();
  assert.equal(await page.getByText('are authorised.').count(), 1, 'nothing where there is none');
  await page.goto(portal.portal + account);
  await part(page).getByText('2 apps are authorised.').waitFor();
  const said = await rowOf(page, 'Mailer').first().innerText();
  for (const text of ['Nobody has checked it', 'Mail · Calendars and contacts', 'Connected now']) assert.ok(said.includes(text), said);
  assert.match(await rowOf(page, 'Our webmail').innerText(), /Given to it by whoever runs this server/);
  await page.getByRole('heading', { level: 3, name: 'Mailer', exact: true }).nth(1).waitFor(); // among the connections too
  await part(page).locator('summary').click();
  assert.match(await rowOf(page, 'Old mailer').innerText(), /Removed/);

  const link = page.getByRole('link', { name: 'Remove Mailer' });
  const remove = new URL(await link.getAttribute('href'), portal.portal).pathname;
  const pages = { account, remove, connections: '/admin/connections', accounts: '/admin/accounts' };
  const ready = async page => { for (const one of await page.locator('main summary').all()) await one.click(); };
  assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'staff-apps-', ready }), []);

  await page.goto(`${portal.portal}/admin/connections`);
  await page.getByRole('cell', { name: /^Mailer/ }).waitFor();
  await page.getByRole('button', { name: `Sign out ${ada.login}` }).click();
  assert.match(await news(page), /remove it under Authorised apps to keep it out/);
  await waiting.closed;

  const again = await idleWithToken(portal, ada.login, tokens.access_token);
  await page.goto(portal.portal + account);
  await link.click();
  await page.getByText('It is signed out at once (1 connection), and stays out until its owner lets it in again.').waitFor();
  await page.getByRole('button', { name: 'Remove' }).click();
  assert.match(await news(page), /“Mailer” is removed\. 1 connection closed\./);
  assert.match(await again.closed, /\* BYE This app was signed out: it is not authorised any more\./);
  await part(page).getByText('1 app is authorised.').waitFor();
  assert.equal(await link.count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the helpdesk removes apps of those without a role, without scripts, and of nobody else', async () => {
  const { page } = await staff('helpdesk', { javaScriptEnabled: false });
  command(portal, ['account', 'role', ada.login, 'auditor']);
  await page.goto(portal.portal + account);
  await rowOf(page, 'Our webmail').waitFor();
  assert.equal(await page.getByRole('link', { name: /^Remove/ }).count(), 0);
  command(portal, ['account', 'role', ada.login, 'none']);
  await page.reload();
  await page.getByRole('link', { name: 'Remove Our webmail' }).click();
  await page.getByText('It is not connected now.').waitFor();
  await page.getByRole('button', { name: 'Remove' }).click();
  assert.match(await news(page), /“Our webmail” is removed\. No connection was open\./);
  assert.deepEqual(command(portal, ['authorised-app', 'list', ada.login]), []);
  await page.context().close();
});
