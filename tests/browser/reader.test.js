// What people read and set about themselves: help, you, recent activity, and what is amiss. Run by ./test, which builds first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look } from './look.js';
import { makeAppPassword, open, person, readMail, showPassword, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start(); });
after(async () => { await portal?.stop(); });

/** A sample account: only these have a mailbox. */
function sample(name) {
  const one = portal.accounts.find(account => account.login.startsWith(name));
  return { login: one.login, password: one.primary_password, seed: one.totp_secret };
}

const news = page => page.locator('.notice[role=status]').textContent();

test('help is there for whoever is stuck, signed in or not, with the settings of this server', async () => {
  const page = await open(portal, { locale: 'en-GB' });
  await page.getByRole('link', { name: 'Using app passwords' }).click();
  await page.getByRole('heading', { level: 1, name: 'Using app passwords' }).waitFor();
  const port = portal.endpoints.imaps.split(':').pop();
  assert.equal(await page.locator('#s-port-0').textContent(), port);
  assert.equal(await page.locator('#s-server-0').textContent(), 'localhost');
  assert.equal(await page.locator('#s-tls-0').textContent(), 'SSL/TLS');
  assert.equal(await page.locator('#s-user').count(), 0, 'nobody is signed in');
  await page.getByText('Your whole login name, the one that you sign in with here').waitFor();
  for (const [question, answer] of [
    ['Mail comes in, but does not go out', /same app password/],
    ['It worked, and now it does not', /changed or reset\. Then all of them end at once/],
    ['I cannot tell what went wrong', /“Has the app signed in\?”/],
    ['What the app’s message means', /The app sent your own password/],
    ['Whatever it is: begin with a new one', /Revoke the app password/],
    ['A phone or a computer', /revoke all/],
    ['The second factor', /recovery code/],
    ['Calendars and contacts', /CalDAV/],
    ['Old devices, printers and scanners', /“Sending mail only”/],
  ]) {
    const details = page.locator('details', { has: page.locator('summary', { hasText: question }) });
    // By keyboard alone, as everything.
    await details.locator('summary').focus();
    await page.keyboard.press('Enter');
    const text = details.filter({ hasText: answer });
    await text.locator('p, li, dd').first().waitFor({ state: 'visible' });
  }
  await page.goto(`${portal.portal}/nothing-here`);
  await page.getByRole('main').getByRole('link', { name: 'Help' }).click();
  const who = sample('ada');
  await page.goto(portal.portal);
  await signIn(page, who, 'Ada');
  await page.goto(`${portal.portal}/app-passwords/new`);
  await page.getByRole('link', { name: 'Using app passwords' }).click();
  assert.equal(await page.locator('#s-user').textContent(), who.login);
  assert.deepEqual(page.complaints.filter(text => !text.includes('404')), []);
  await page.context().close();
});

test('the page of a new app password opens help beside itself, and keeps what it shows', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  const secret = await makeAppPassword(page, portal, 'Phone');
  const opened = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'The app does not get in?' }).click();
  await (await opened).getByRole('heading', { name: 'When something does not work' }).waitFor();
  assert.equal((await page.locator('#secret').textContent()).trim(), secret);
  await page.context().close();
});

test('one says what one is called and in which language, without scripts too', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const who = person(portal);
    const page = await open(portal, { javaScriptEnabled });
    await signIn(page, who);
    await page.getByRole('main').getByRole('link', { name: 'You', exact: true }).click();
    await page.getByLabel('Your name').fill('x'.repeat(201));
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match(await page.getByRole('alert').textContent(), /at most 200 characters, and no line breaks/);
    assert.equal((await page.getByLabel('Your name').inputValue()).length, 201, 'what was typed stays');
    await page.getByLabel('Your name').fill('Grace Hopper');
    await page.locator('#language').selectOption('de');
    await page.getByRole('button', { name: 'Save' }).click();
    assert.match(await news(page), /Gespeichert\./);
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    await page.goto(portal.portal);
    await page.getByRole('heading', { level: 1, name: 'Guten Tag, Grace Hopper' }).waitFor();
    // Another browser of the same person knows the language once they are there.
    await page.context().clearCookies({ name: '__Host-valetkey-language' });
    await page.goto(`${portal.portal}/you`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    await page.locator('#language').selectOption('');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.goto(`${portal.portal}/you`);
    assert.equal(await page.locator('html').getAttribute('lang'), 'en', 'as the browser asks');
    await page.context().close();
  }
});

test('an address for notices is asked for, and one that would not help is refused with the reason', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const who = person(portal);
    const page = await open(portal, { javaScriptEnabled });
    await signIn(page, who);
    await page.goto(`${portal.portal}/you`);
    await page.getByText('They go nowhere yet').waitFor();
    const give = async address => {
      await page.getByLabel('A new address for notices').fill(address);
      await page.getByRole('button', { name: 'Send a letter there' }).click();
    };
    await give(who.login);
    assert.match(await page.getByRole('alert').textContent(), /mailbox of this very account/);
    assert.equal(await page.getByLabel('A new address for notices').inputValue(), who.login, 'what was typed stays');
    await give('grace@home');
    assert.match(await page.getByRole('alert').textContent(), /not a mail address/);
    await give('grace@home.example');
    assert.match(await news(page), /A letter is on its way to grace@home\.example\. Follow the link in it within 24 hours/);
    await page.getByText('They go nowhere yet').waitFor();
    await page.goto(`${portal.portal}/security`);
    await page.getByRole('link', { name: 'Show recent activity' }).click();
    await page.getByText('Address for notices given: grace@home.example').waitFor();
    await page.goto(`${portal.portal}/you`);
    await page.context().clearCookies();
    await give('grace@elsewhere.example');
    await page.getByLabel('Login name').waitFor();
    assert.match(decodeURIComponent(page.url()), /next=\/you\/notice-address\?address=grace%40elsewhere\.example/, 'and back from there');
    await page.context().close();
  }
});

test('a link about an address that is over says so kindly, and a form of elsewhere is not taken', async () => {
  const page = await open(portal);
  for (const code of ['abcd-efgh-ijkl-mnop', 'nothing', '%00', 'x'.repeat(2000)]) {
    const answer = await page.goto(`${portal.portal}/notice-address/${code}`);
    assert.equal(answer.status(), 410, code);
    await page.getByRole('heading', { level: 1, name: 'This link is over' }).waitFor();
    assert.equal(await page.locator('main form').count(), 0, 'there is nothing to be done');
  }
  await page.goto(`${portal.portal}/sign-in`);
  const form = await page.locator('input[name=form]').first().inputValue();
  const send = fields => page.request.post(`${portal.portal}/notice-address/abcd-efgh-ijkl-mnop`, { form: fields, maxRedirects: 0 });
  assert.equal((await send({ form })).status(), 410);
  const without = await send({ form: 'another' });
  assert.equal(without.status(), 303);
  assert.equal(without.headers().location, '/notice-address/abcd-efgh-ijkl-mnop');
  await page.context().close();
});

test('what happened is told in words, with who did it', async () => {
  const who = person(portal);
  const page = await open(portal);
  await showPassword(page, { ...who, password: 'not the right one' });
  await page.goto(`${portal.portal}/sign-in`);
  await signIn(page, who);
  await makeAppPassword(page, portal, 'Thunderbird <on> laptop');
  await page.goto(`${portal.portal}/security`);
  await page.getByRole('link', { name: 'Show recent activity' }).click();
  const lines = await page.locator('main dl > div').allTextContents();
  assert.match(lines[0], /App password made: Thunderbird <on> laptop/);
  assert.match(lines[1], /Signed in from a new browser.*Chrome, Linux · from (127\.0\.0\.1|::1)/);
  assert.ok(lines.some(line => /Second factor added.*by the operator of this server/.test(line)), lines.join('\n'));
  assert.ok(lines.some(line => /Account made/.test(line)));
  assert.ok(lines.every(line => !/audit-|\{|undefined/.test(line)), lines.join('\n'));
  await page.context().close();
});

test('a forgotten tablet and an app with the wrong password are pointed out where one would look', async () => {
  const bob = sample('bob');
  const page = await open(portal);
  await signIn(page, bob, 'Bob');
  assert.equal(await page.locator('.notice.heed').count(), 0, 'all is well');
  const secret = await makeAppPassword(page, portal, 'Old iPad');
  assert.ok(readMail(portal, bob.login, secret));
  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByRole('link', { name: 'Revoke Old iPad' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  assert.equal(readMail(portal, bob.login, secret), false);
  assert.equal(readMail(portal, bob.login, bob.password), false);
  const amiss = page.locator('.notice.heed');
  // It is gathered, and written down each minute.
  for (let tries = 0; await amiss.count() < 2; tries++) {
    assert.ok(tries < 1000, 'it is said in time');
    await page.waitForTimeout(100);
    await page.goto(portal.portal);
  }
  await page.getByRole('heading', { name: 'An app sent your own password' }).waitFor();
  assert.match(await amiss.first().textContent(), /over IMAP, from (127\.0\.0\.1|::1)\. It was not let in\./);
  await page.getByText('An app still tries an app password that has ended.').waitFor();
  await page.goto(`${portal.portal}/app-passwords`);
  assert.equal(await amiss.count(), 2);
  await page.getByRole('link', { name: 'See which' }).click();
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Old iPad' }) });
  assert.match(await row.textContent(), /Still being tried: .*over IMAP, from .*Remove it from that app, or give the app a new one\./);
  assert.equal(await row.locator('.badge.heed').textContent(), 'Still being tried');
  const pages = { 'amiss-home': '/', 'amiss-app-passwords': '/app-passwords', 'still-tried': '/app-passwords/history' };
  assert.deepEqual(await look(portal, page.context(), pages), []);
  await page.goto(`${portal.portal}/security/activity`);
  await page.getByText('A dead app password was tried: Old iPad').waitFor();
  await page.context().close();
});

test('every page in four languages, two themes and two widths: accessible, light, and without a complaint', async () => {
  const who = person(portal);
  const page = await open(portal);
  const stranger = await page.context().storageState();
  await signIn(page, who);
  for (let n = 0; n < 25; n++) await makeAppPassword(page, portal, `App number ${n} on the laptop`);
  for (let n = 0; n < 30; n++) {
    await page.goto(`${portal.portal}/you`);
    await page.getByRole('button', { name: 'Save' }).click();
  }
  const pages = { help: '/help', you: '/you?address=grace@home.example', activity: '/security/activity', security: '/security' };
  const openAll = tested => tested.evaluate(() => { for (const one of document.querySelectorAll('details')) one.open = true; });
  assert.deepEqual(await look(portal, page.context(), pages, { ready: openAll }), []);
  const outside = await portal.browser.newContext({ ignoreHTTPSErrors: true, storageState: stranger });
  const forAll = { 'help-outside': '/help', 'link-over': '/notice-address/abcd-efgh-ijkl-mnop', 'sign-in': '/sign-in' };
  assert.deepEqual(await look(portal, outside, forAll), []);
  await page.goto(`${portal.portal}/language/ar`);
  for (const path of Object.values(pages)) await page.goto(portal.portal + path);
  assert.deepEqual(page.complaints, []);
  await outside.close();
  await page.context().close();
});
