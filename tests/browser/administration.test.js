// The pages of the administration, as staff use them. Run by ./test, which builds first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { languages, look, lookable, lookHere } from './look.js';
import { command, idle, isLetIn, makeAppPassword, open, person, readMail, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start(); });
after(async () => { await portal?.stop(); });

/** Somebody with a role, signed in. */
async function staff(role, options = {}) {
  const who = person(portal);
  command(portal, ['account', 'role', who.login, role]);
  const page = await open(portal, options);
  await signIn(page, who);
  return { ...who, page };
}

/** Opens an account's page by looking for it. */
async function find(page, login) {
  await page.goto(`${portal.portal}/admin/accounts`);
  await page.getByLabel('Name or login name').fill(login);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.locator('tbody tr', { hasText: login }).getByRole('link').click();
  await page.getByRole('heading', { level: 2, name: 'Login names' }).waitFor();
  return page.url();
}

const news = page => page.locator('.notice[role=status]').textContent();

test('an administrator invites somebody, and the link is shown once', async () => {
  const { page } = await staff('administrator');
  await page.getByRole('link', { name: 'Administration' }).first().click();
  await page.getByRole('link', { name: 'Invite someone' }).click();
  await page.getByLabel('Login name', { exact: true }).fill('a b');
  await page.getByLabel('Address for notices').fill('keiko@home.example');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  assert.match(await page.getByRole('alert').textContent(), /“a b” cannot be a login name/);
  assert.equal(await page.getByLabel('Address for notices').inputValue(), 'keiko@home.example', 'what was typed stays');
  await page.getByLabel('Login name', { exact: true }).fill('keiko');
  await page.getByLabel('Name', { exact: true }).fill('Keiko Tanaka');
  await page.locator('summary').click();
  await page.getByLabel('More login names').fill('tanaka@example.org');
  await page.getByLabel('Send the invitation there as well').check();
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  await page.getByRole('heading', { level: 1, name: 'A link, good once' }).waitFor();
  assert.match(await news(page), /on its way by mail/);
  const code = (await page.locator('#code').textContent()).trim();
  assert.match(code, /^([a-z]{4}-){3}[a-z]{4}$/);
  assert.equal(await page.locator('#link').textContent(), `${portal.portal}/invite/${code}`);
  assert.equal(page.url().includes(code), false);
  await page.reload();
  await page.getByRole('heading', { name: 'This link was shown already' }).waitFor();
  assert.equal((await page.content()).includes(code), false);
  await find(page, 'tanaka');
  await page.getByText('keiko@home.example').first().waitFor();
  await page.getByRole('heading', { name: 'Links that are still good' }).waitFor();
  assert.equal((await page.content()).includes(code), false);
  await page.goto(`${portal.portal}/admin/accounts/new`);
  await page.getByLabel('Login name', { exact: true }).fill('keiko');
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  assert.match(await page.getByRole('alert').textContent(), /keiko@example.org is taken/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an administrator resets, revokes, suspends, resumes and deletes, and sees no secret', async () => {
  const bob = portal.accounts.find(one => one.login.startsWith('bob'));
  const { page } = await staff('administrator');
  assert.ok(readMail(portal, bob.login, bob.app_password));
  const account = await find(page, bob.login);
  assert.equal((await page.content()).includes(bob.app_password), false);
  await page.getByRole('link', { name: 'Reset the password' }).click();
  await page.getByText('The second factors stay').waitFor();
  await page.getByRole('button', { name: 'Reset the password' }).click();
  assert.match(await page.locator('#link').textContent(), /\/reset\/[a-z-]{19}$/);
  assert.ok(readMail(portal, bob.login, bob.app_password), 'nothing is revoked before it is used');
  await page.goto(account);
  await page.getByRole('link', { name: 'Revoke Sample' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  assert.match(await news(page), /“Sample” is revoked\. No connection was open\./);
  assert.equal(readMail(portal, bob.login, bob.app_password), false);
  await page.getByRole('link', { name: 'Suspend' }).click();
  await page.getByRole('button', { name: 'Suspend' }).click();
  assert.match(await news(page), /is suspended\. There was nothing to revoke\. No connection was open\./);
  await page.getByRole('link', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Resume' }).click();
  assert.match(await news(page), /can go on/);
  await page.getByLabel('One more login name').fill('robert');
  await page.getByRole('button', { name: 'Add' }).click();
  assert.match(await news(page), /robert@example.org is added/);
  await page.getByRole('link', { name: 'Remove robert@example.org' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  assert.match(await news(page), /robert@example.org is removed/);
  await page.getByRole('link', { name: 'Remove all second factors' }).click();
  await page.getByText('The owner is told now').waitFor();
  await page.getByRole('button', { name: 'Remove all second factors' }).click();
  await page.getByRole('heading', { name: 'All second factors will be removed' }).waitFor();
  await page.getByRole('button', { name: 'Keep the second factors' }).click();
  assert.match(await news(page), /the second factors stay/);
  await page.getByRole('link', { name: 'Delete' }).click();
  await page.getByText('This cannot be undone').waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  assert.match(await news(page), /is deleted/);
  await page.goto(account);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await page.context().close();
});

test('a device gets an app password that signs in, and is watched doing so', async () => {
  const { page } = await staff('administrator');
  await page.goto(`${portal.portal}/admin/accounts`);
  await page.getByRole('link', { name: 'New device' }).click();
  await page.getByLabel('Login name', { exact: true }).fill('scan-1');
  await page.getByLabel('Name', { exact: true }).fill('Scanner, first floor');
  await page.getByRole('button', { name: 'Make the device' }).click();
  assert.match(await news(page), /now it needs an app password/i);
  assert.deepEqual(
    await page.getByRole('checkbox', { checked: true }).evaluateAll(boxes => boxes.map(box => box.value)), ['mail:send'],
  );
  await page.getByLabel('What is it for?').fill('Scanner');
  await page.getByRole('checkbox', { name: /^Calendars and contacts/ }).check();
  await page.getByRole('button', { name: 'Make the app password' }).click();
  const secret = (await page.locator('#secret').textContent()).trim();
  assert.equal(await page.locator('#s-user').textContent(), 'scan-1@example.org');
  assert.ok(isLetIn(portal, 'scan-1', secret));
  const [made] = command(portal, ['app-password', 'list', 'scan-1']);
  assert.deepEqual(made.scopes, ['contacts', 'calendars', 'mail:send']);
  await page.getByText('HTTP: signed in').waitFor();
  await page.getByRole('link', { name: 'Done, the app has it' }).click();
  await page.getByText('1 of 25 in use.').waitFor();
  await page.getByRole('link', { name: 'Revoke all' }).click();
  await page.getByRole('button', { name: 'Revoke all' }).click();
  assert.match(await news(page), /1 app password is revoked/);
  assert.equal(isLetIn(portal, 'scan-1', secret), false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/** The status and the text of a request with the page's own session. */
async function ask(page, path, form) {
  const options = form === undefined ? { maxRedirects: 0 } : { form, maxRedirects: 0, headers: { origin: portal.portal } };
  const answer = await page.request[form === undefined ? 'get' : 'post'](portal.portal + path, options);
  return { status: answer.status(), text: await answer.text(), type: answer.headers()['content-type'] };
}

test('the audit log is read with filters, and taken along as a file', async () => {
  const { page, login } = await staff('auditor');
  await page.goto(`${portal.portal}/admin/audit`);
  await page.getByLabel('What', { exact: true }).selectOption('account.role-set');
  await page.getByLabel('Account', { exact: true }).fill(login);
  await page.getByRole('button', { name: 'Search' }).click();
  assert.equal(await page.locator('tbody tr').count(), 1);
  assert.match(await page.locator('tbody tr').textContent(), /Role set.*before: No role, now: Auditor.*Operator of the server/s);
  const csv = await ask(page, await page.getByRole('link', { name: 'Export as CSV' }).getAttribute('href'));
  assert.match(csv.type, /^text\/csv/);
  assert.match(csv.text, /^id,at,actor,[^\r]*\r\n[^\r]*,account\.role-set,[^\r]*\r\n$/);
  // More than is read at a time.
  const { page: other } = await staff('administrator');
  const account = new URL(await find(other, login)).pathname;
  const form = { form: await other.locator('input[name=form]').first().inputValue() };
  for (let n = 0; n < 60; n++) {
    await Promise.all(Array.from({ length: 20 }, async () => assert.equal((await ask(other, `${account}/sign-out`, form)).status, 303)));
  }
  const all = await ask(other, `/admin/audit/export.jsonl?account=${login}`);
  const lines = all.text.trim().split('\n').map(line => JSON.parse(line));
  assert.equal(lines.filter(line => line.action === 'portal.signed-out').length, 1200);
  const ids = lines.map(line => line.id);
  assert.deepEqual(ids, [...new Set(ids)].sort().reverse(), 'each once, the newest first');
  await other.context().close();
  await page.goto(portal.portal);
  await page.getByLabel('Login name').waitFor(); // they signed this browser out too
  const { page: third } = await staff('auditor');
  await third.goto(`${portal.portal}/admin/audit?account=nobody-at-all`);
  assert.match(await third.getByRole('alert').textContent(), /Nobody has this login name/);
  await third.context().close();
  await page.context().close();
});

/** What somebody with a role might forge, at an account of somebody else's. */
async function forged(page, account) {
  const form = { form: await page.locator('input[name=form]').first().inputValue(), name: 'x', role: 'administrator', login: 'forged' };
  const outcomes = {};
  const deeds = ['revoke-all', 'sign-out', 'reset', 'suspend', 'resume', 'delete', 'remove-factors', 'keep-factors', 'role', 'login-names', 'login-names/remove', 'app-passwords/new'];
  for (const deed of deeds) outcomes[deed] = (await ask(page, `${account}/${deed}`, { ...form, label: 'x', scope: 'mail' })).status;
  return outcomes;
}

test('an auditor changes nothing, also by forged forms', async () => {
  const ada = portal.accounts.find(one => one.login.startsWith('ada'));
  const { page } = await staff('auditor');
  const account = new URL(await find(page, ada.login)).pathname;
  assert.equal(await page.locator('main button, main a.button').count(), 0, 'no button that does nothing');
  const outcomes = await forged(page, account);
  for (const [deed, status] of Object.entries(outcomes)) assert.equal(status, 403, deed);
  const form = { form: await page.locator('input[name=form]').first().inputValue(), login: 'forged', kind: 'device' };
  assert.equal((await ask(page, '/admin/accounts/new', form)).status, 403);
  assert.equal((await ask(page, '/admin/accounts/new')).status, 404);
  assert.ok(readMail(portal, ada.login, ada.app_password));
  await page.context().close();
});

test('the helpdesk invites and resets, sees no audit log, and touches no account with a role', async () => {
  const auditor = person(portal);
  command(portal, ['account', 'role', auditor.login, 'auditor']);
  const { page } = await staff('helpdesk');
  await page.goto(`${portal.portal}/admin`);
  assert.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'New device' }).count(), 0);
  for (const path of ['/admin/audit', '/admin/audit/export.csv', '/admin/audit/export.jsonl', '/admin/settings']) {
    assert.equal((await ask(page, path)).status, 404, path);
  }
  const account = new URL(await find(page, auditor.login)).pathname;
  assert.equal(await page.locator('main button, main a.button').count(), 0);
  for (const [deed, status] of Object.entries(await forged(page, account))) assert.equal(status, 403, deed);
  const somebody = person(portal);
  await find(page, somebody.login);
  await page.getByRole('link', { name: 'Reset the password' }).click();
  await page.getByRole('button', { name: 'Reset the password' }).click();
  await page.locator('#code').waitFor();
  await page.context().close();
});

test('to whoever has no role there is nothing here', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  assert.equal(await page.getByRole('link', { name: 'Administration' }).count(), 0);
  for (const path of ['/admin', '/admin/accounts', '/admin/audit', '/admin/audit/export.csv', '/admin/connections', '/admin/settings', '/admin/accounts/new']) {
    assert.equal((await ask(page, path)).status, 404, path);
  }
  const form = { form: await page.locator('input[name=form]').first().inputValue(), login: 'forged' };
  assert.equal((await ask(page, '/admin/accounts/new', form)).status, 404);
  await page.context().close();
});

test('without scripts staff find, page and act', async () => {
  for (let n = 0; n < 55; n++) command(portal, ['account', 'create', `many-${String(n).padStart(2, '0')}`]);
  const { page } = await staff('administrator', { javaScriptEnabled: false });
  await page.goto(`${portal.portal}/admin/accounts?q=many-`);
  assert.equal(await page.locator('tbody tr').count(), 35);
  await page.getByRole('link', { name: 'After' }).click();
  assert.equal(await page.locator('tbody tr').count(), 20);
  assert.equal(await page.getByRole('link', { name: 'After' }).count(), 0);
  await page.getByRole('link', { name: 'Before' }).click();
  assert.equal(await page.locator('tbody tr').count(), 35);
  assert.equal(await page.getByRole('link', { name: 'Before' }).count(), 0);
  await page.getByLabel('State').selectOption('suspended');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('No account is like that.').waitFor();
  await find(page, 'many-07');
  await page.getByRole('link', { name: 'Suspend' }).click();
  await page.getByRole('button', { name: 'Suspend' }).click();
  assert.match(await news(page), /is suspended/);
  await page.context().close();
});

test('every page in four languages, two themes and two widths: accessible, and without a complaint', async () => {
  const { page, login } = await staff('administrator');
  await makeAppPassword(page, portal, 'Thunderbird on laptop');
  const ada = portal.accounts.find(one => one.login.startsWith('ada'));
  const app = await idle(portal, ada.login, ada.app_password);
  const account = new URL(await find(page, ada.login)).pathname;
  const revoke = await page.getByRole('link', { name: /^Revoke Sample/ }).getAttribute('href');
  command(portal, ['account', 'create', 'printer', '--device', '--name', 'Printer']);
  const printer = new URL(await find(page, 'printer')).pathname;
  const own = new URL(await find(page, login)).pathname;
  const pages = {
    'home': '/', 'accounts': '/admin/accounts', 'accounts-none': '/admin/accounts?q=nobody-at-all', 'new': '/admin/accounts/new',
    'new-device': '/admin/accounts/new?kind=device', 'account': account, 'device': printer, 'own': own, 'revoke': revoke,
    'suspend': `${account}/suspend`, 'delete': `${account}/delete`, 'reset': `${account}/reset`, 'link-gone': `${account}/link`,
    'remove-factors': `${account}/remove-factors`, 'new-app-password': `${printer}/app-passwords/new`,
    'connections': '/admin/connections', 'audit': '/admin/audit', 'audit-nobody': '/admin/audit?account=nobody-at-all', 'settings': '/admin/settings',
  };
  const found = await look(portal, page.context(), pages, { prefix: 'admin-' });
  const tester = await portal.browser.newContext({ ignoreHTTPSErrors: true, ...lookable, storageState: await page.context().storageState() });
  const tested = await tester.newPage();
  for (const language of languages) {
    await tested.goto(`${portal.portal}/language/${language}?next=${account}/reset`);
    await tested.locator('form.card button').click();
    await tested.locator('#code').waitFor();
    found.push(...await lookHere(tested, 'admin-link')); // shown once
  }
  for (const path of Object.values(pages)) await page.goto(portal.portal + path);
  assert.deepEqual(found, []);
  assert.deepEqual(page.complaints, []);
  await page.goto(`${portal.portal}/admin/connections`);
  await page.getByRole('button', { name: `Sign out ${ada.login}` }).click();
  assert.match(await news(page), /The app was signed out/);
  await app.closed;
  await page.getByText('No app is connected.').waitFor();
  await tester.close();
  await page.context().close();
});
