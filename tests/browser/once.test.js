// Pages that one meets on the way: before signing in, once in a life, or when something went wrong. Looked at as they are,
// since most of them do not come a second time. Run by ./test, which builds first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look, lookable, lookHere } from './look.js';
import { addPasskey, authenticator, code, command, isLetIn, open, person, showPassword, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start(); });
after(async () => { await portal?.stop(); });

/** What is left to right and what is right to left: the other languages differ from these in words only. */
const locales = ['en-GB', 'ar'];

/** Presses the button of the form that a field is in, whatever language it is in. */
const send = (page, field) => page.locator('form', { has: page.locator(field) }).locator('button:not([type=button])').click();

/** The page in Arabic from here on. */
const inArabic = (page, next) => page.goto(`${portal.portal}/language/ar?next=${encodeURIComponent(next)}`);

test('the way in: login name, password, second factor', async () => {
  const who = person(portal);
  const found = [];
  for (const locale of locales) {
    const page = await open(portal, { locale, ...lookable });
    await send(page, '#login');
    await page.locator('#login').fill(who.login);
    await send(page, '#login');
    await page.locator('#password').waitFor();
    found.push(...await lookHere(page, 'sign-in-password'));
    await page.locator('#password').fill('not the right one');
    await send(page, '#password');
    await page.locator('#wrong').waitFor();
    found.push(...await lookHere(page, 'sign-in-wrong'));
    await page.locator('#password').fill(who.password);
    await send(page, '#password');
    await page.locator('#code').fill('000000');
    await send(page, '#code');
    await page.locator('#wrong').waitFor();
    found.push(...await lookHere(page, 'second-factor-wrong'));
    await page.context().close();
  }
  const page = await open(portal);
  found.push(...await look(portal, page.context(), { 'sign-in': '/sign-in' }));
  await showPassword(page, who);
  await page.getByLabel('Code from the app').waitFor();
  const pages = { 'second-factor': '/sign-in/second-factor', 'second-factor-recovery': '/sign-in/second-factor?with=recovery' };
  found.push(...await look(portal, page.context(), pages));
  assert.deepEqual(found, []);
  await page.context().close();
});

test('from an invitation to the first passkey, and what a passkey asks for then', async () => {
  const made = command(portal, ['account', 'invite', 'joan@example.org', '--name', 'Joan']);
  const path = new URL(made.link).pathname;
  const found = [];
  for (const locale of locales) {
    const page = await open(portal, { locale, ...lookable });
    await page.goto(made.link);
    await page.locator('#new').fill('joan2026');
    await page.locator('[data-strength] meter').waitFor();
    await page.locator('#again').fill('another one');
    await page.locator('#address').fill('joan@home');
    await send(page, '#new');
    await page.locator('.wrong[role=alert]:visible').first().waitFor();
    found.push(...await lookHere(page, 'join-wrong'));
    await page.context().close();
  }
  const page = await open(portal, lookable);
  const device = await authenticator(page);
  found.push(...await look(portal, page.context(), { join: path }));
  await page.goto(made.link);
  const password = 'a clarion call of geese';
  await page.locator('#new').fill(password);
  await page.locator('#again').fill(password);
  await page.locator('[data-strength] meter').waitFor();
  await send(page, '#new');
  await page.getByRole('link', { name: 'Add a passkey' }).waitFor();
  const pages = { welcome: '/welcome', 'home-no-factor': '/', 'app-passwords-no-factor': '/app-passwords', 'security-no-factor': '/security', 'add-passkey': '/security/passkey' };
  found.push(...await look(portal, page.context(), pages));
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await addPasskey(page, 'Laptop');
  await page.locator('#codes').waitFor();
  found.push(...await lookHere(page, 'codes-first'));
  await device.leave();
  // Somebody who has a passkey alone.
  found.push(...await look(portal, page.context(), { 'step-up-passkey': '/step-up' }));
  const other = await open(portal);
  await showPassword(other, { login: 'joan@example.org', password });
  await other.waitForURL('**/sign-in/second-factor**');
  const asked = { 'second-factor-passkey': '/sign-in/second-factor', 'second-factor-passkey-recovery': '/sign-in/second-factor?with=recovery' };
  found.push(...await look(portal, other.context(), asked));
  assert.deepEqual(found, []);
  await other.context().close();
  await page.context().close();
});

test('recovery codes and the secret of an app password, each shown once', async () => {
  const who = person(portal);
  const page = await open(portal, lookable);
  await signIn(page, who);
  const found = [];
  for (const locale of locales) {
    if (locale === 'ar') await inArabic(page, '/security');
    else await page.goto(`${portal.portal}/security`);
    await page.locator('a[href="/security/recovery-codes/new"]').click();
    found.push(...await lookHere(page, 'new-codes'));
    await page.locator('form[action="/security/recovery-codes"] button').click();
    await page.locator('#codes').waitFor();
    found.push(...await lookHere(page, 'codes'));
    await page.goto(`${portal.portal}/app-passwords/new`);
    await page.locator('#label').fill('Thunderbird on the laptop in the kitchen');
    await send(page, '#label');
    await page.locator('#secret').waitFor();
    const secret = (await page.locator('#secret').textContent()).trim();
    await page.locator('.watch .live').waitFor();
    found.push(...await lookHere(page, 'made'));
    assert.equal(isLetIn(portal, who.login, who.password), false);
    await page.locator('.watch .heed').waitFor();
    assert.ok(isLetIn(portal, who.login, secret));
    await page.locator('.watch .ok').waitFor();
    found.push(...await lookHere(page, 'made-used'));
    assert.equal((await page.locator('#secret').textContent()).trim(), secret, 'it was the same page all along');
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('a forgotten password: asked for, chosen anew, done', async () => {
  const who = person(portal);
  const page = await open(portal);
  const found = [];
  for (const [n, locale] of locales.entries()) {
    const made = command(portal, ['account', 'link', who.login]);
    const path = new URL(made.link).pathname;
    if (n === 0) found.push(...await look(portal, page.context(), { reset: path, 'reset-recovery': `${path}?with=recovery` }));
    const forgetful = await open(portal, { locale, ...lookable });
    await forgetful.goto(`${portal.portal}/forgot`);
    await forgetful.locator('#code').fill('abcd-efgh-ijkl-mnop');
    await send(forgetful, '#code');
    await forgetful.locator('#code-wrong').waitFor();
    found.push(...await lookHere(forgetful, 'forgot-wrong'));
    await forgetful.locator('#login').fill(who.login);
    await send(forgetful, '#login');
    await forgetful.locator('.notice[role=status]').waitFor();
    found.push(...await lookHere(forgetful, 'forgot-asked'));
    await forgetful.goto(`${made.link}?with=recovery`);
    const choose = async typed => {
      await forgetful.locator('#new').fill(`a heap of herring ${n}`);
      await forgetful.locator('#again').fill(`a heap of herring ${n}`);
      await forgetful.locator('#code').fill(typed);
      await send(forgetful, '#new');
    };
    await choose('wrong');
    await forgetful.locator('#wrong').waitFor();
    found.push(...await lookHere(forgetful, 'reset-wrong'));
    await choose(who.recovery[n]);
    await forgetful.locator('.notice[role=status]').waitFor();
    found.push(...await lookHere(forgetful, 'reset-done'));
    await forgetful.context().close();
  }
  assert.deepEqual(found, []);
  await page.context().close();
});

test('what is wrong is said on pages that are like the others', async () => {
  const who = person(portal);
  const stranger = await open(portal);
  const pages = { 'not-found-outside': '/nothing-here', 'join-over': '/invite/abcd-efgh-ijkl-mnop', 'reset-over': '/reset/abcd-efgh-ijkl-mnop', 'address-over': '/notice-address/abcd-efgh-ijkl-mnop' };
  const found = await look(portal, stranger.context(), pages);
  for (const [n, locale] of locales.entries()) {
    const page = await open(portal, { locale, ...lookable });
    const answered = () => page.waitForResponse(answer => answer.request().isNavigationRequest() && answer.request().method() === 'POST');
    const press = async (field, status, name) => {
      const [answer] = await Promise.all([answered(), send(page, field)]);
      assert.equal(answer.status(), status, name);
      await page.waitForLoadState();
      found.push(...await lookHere(page, name));
    };
    // From elsewhere, as a page of somebody else's would do it. It is not told which language was chosen here.
    await page.goto('about:blank');
    await page.setContent(`<form method="post" action="${portal.portal}/sign-in"><input id="login" name="login"><button>Win</button></form>`);
    await press('#login', 403, 'foreign-form');
    await page.goto(`${portal.portal}/sign-in`);
    await page.locator('#login').fill(who.login);
    await send(page, '#login');
    await page.locator('#password').fill(who.password);
    await send(page, '#password');
    await page.locator('#code').fill(code(who.seed, n));
    await send(page, '#code');
    await page.waitForURL(`${portal.portal}/`);
    await page.goto(`${portal.portal}/app-passwords/new`);
    await page.locator('#label').fill('x'.repeat(200));
    await page.locator('summary').click();
    await page.locator('#networks').fill('192.0.2.0/99');
    for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
    await press('#label', 200, 'new-wrong');
    await page.locator('#label').fill('x'.repeat(100000));
    await press('#label', 413, 'too-large');
    await page.context().close();
  }
  assert.deepEqual(found, []);
  await stranger.context().close();
});

test('whoever has just lost a role is told that they may not', async () => {
  const [who, somebody] = [person(portal), person(portal)];
  command(portal, ['account', 'role', who.login, 'administrator']);
  const page = await open(portal, lookable);
  await signIn(page, who);
  await page.goto(`${portal.portal}/admin/accounts?q=${somebody.login}`);
  await page.locator('tbody tr', { hasText: somebody.login }).getByRole('link').click();
  await page.getByRole('link', { name: 'Suspend' }).click();
  command(portal, ['account', 'role', who.login, 'auditor']);
  const answered = page.waitForResponse(answer => answer.request().method() === 'POST');
  await page.getByRole('button', { name: 'Suspend' }).click();
  assert.equal((await answered).status(), 403);
  await page.waitForLoadState();
  assert.deepEqual(await lookHere(page, 'denied'), []);
  assert.equal(command(portal, ['account', 'show', somebody.login]).state, 'active');
  await page.context().close();
});
