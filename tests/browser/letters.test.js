// What goes by mail, followed to its end in a browser: registration, invitation, a forgotten password, an address for
// notices; and notices as their readers see them. Run by ./test, which builds first.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { letters, letterTo } from './letter.js';
import { look, lookable, lookHere } from './look.js';
import { code, command, isLetIn, makeAppPassword, open, person, showPassword, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start({ registration: true }); });
after(async () => { await portal?.stop(); });

/** Everything that no letter may say. */
const secrets = [];

/** Presses the button of the form that a field is in, whatever language it is in. */
const send = (page, field) => page.locator('form', { has: page.locator(field) }).locator('button:not([type=button])').click();

/** Opens a letter as a mail program does that shows HTML, and gives what is wrong with it. */
async function read(page, letter, name) {
  await page.goto('about:blank');
  const asked = [];
  const note = request => asked.push(`${name}: asks for ${request.url()}`);
  page.on('request', note);
  await page.setContent(letter.html, { waitUntil: 'networkidle' });
  assert.equal(await page.locator('html').getAttribute('lang'), letter.language);
  assert.equal((await page.getByRole('heading', { level: 1 }).textContent()).trim(), letter.subject);
  // What is drawn behind a letter in either theme, said so that axe knows it.
  await page.evaluate(() => { document.documentElement.style.background = 'Canvas'; });
  const found = await lookHere(page, `letter-${name}`, { isPage: false });
  page.off('request', note);
  return [...found, ...asked];
}

/** The one link in a letter that is good once: the same in both its forms. */
async function linkIn(page, letter, kind) {
  const links = letter.links.filter(link => link.startsWith(`${portal.portal}/${kind}/`));
  assert.equal(links.length > 0 && new Set(links).size, 1, letter.text);
  const link = page.locator(`a[href="${links[0]}"]`);
  assert.equal(await link.count(), 1, 'HTML has it too');
  return link;
}

/** Chooses the first password of an account, behind the link of a letter. */
async function join(page, password, { address } = {}) {
  await page.locator('#new').fill(password);
  await page.locator('#again').fill(password);
  if (address) await page.locator('#address').fill(address);
  secrets.push(password);
  await send(page, '#new');
  await page.getByRole('heading', { level: 1, name: 'One more step' }).waitFor();
}

/** From the welcome on, until an app gets in. */
async function finish(page, login) {
  await page.locator('main a[href="/security/authenticator"]').click();
  const seed = (await page.locator('#seed').textContent()).replace(/\s/g, '');
  await page.locator('#code').fill(code(seed));
  await send(page, '#code');
  await page.locator('#codes').waitFor();
  secrets.push(seed, ...await page.locator('#codes li').allTextContents());
  const found = await lookHere(page, 'codes-joined');
  const secret = await makeAppPassword(page, portal, 'Phone');
  secrets.push(secret);
  assert.ok(isLetIn(portal, login, secret));
  return found;
}

test('whoever registers follows a letter to an account that an app gets into', async () => {
  const page = await open(portal, lookable);
  const found = await look(portal, page.context(), { register: '/register', 'sign-in-register': '/sign-in' });
  await page.locator('main a[href="/register"]').click();
  await page.locator('#login').fill('grace hopper');
  await page.locator('#address').fill('hopper@home.example');
  await send(page, '#login');
  await page.locator('#login-wrong').waitFor();
  found.push(...await lookHere(page, 'register-wrong'));
  await page.locator('#login').fill('hopper');
  await send(page, '#login');
  await page.locator('.notice[role=status]').waitFor();
  found.push(...await lookHere(page, 'register-sent'));
  const letter = await letterTo(portal, 'hopper@home.example');
  found.push(...await read(page, letter, 'registration'));
  const link = await linkIn(page, letter, 'invite');
  const url = await link.getAttribute('href');
  await link.click();
  await page.locator('#new').waitFor();
  assert.equal(await page.locator('#address').count(), 0, 'the letter has proved the address');
  found.push(...await look(portal, page.context(), { 'join-registered': new URL(url).pathname }));
  await join(page, 'nanoseconds of copper wire');
  found.push(...await finish(page, 'hopper@example.org'));
  await page.goto(`${portal.portal}/you`);
  await page.getByText('hopper@home.example').first().waitFor();
  assert.equal((await page.goto(url)).status(), 410);
  // The other way round.
  const other = await open(portal, { locale: 'ar', ...lookable });
  await other.goto(`${portal.portal}/register`);
  await other.locator('#login').fill('lovelace');
  await other.locator('#address').fill('lovelace@home.example');
  await send(other, '#login');
  await other.locator('.notice[role=status]').waitFor();
  found.push(...await lookHere(other, 'register-sent'));
  const arabic = await letterTo(portal, 'lovelace@home.example');
  assert.equal(arabic.language, 'ar', 'as the page was on which it was asked for');
  found.push(...await read(other, arabic, 'registration'));
  assert.deepEqual(found, []);
  await other.context().close();
  await page.context().close();
});

test('an invitation by mail leads whoever gets it to their account', async () => {
  const who = person(portal);
  command(portal, ['account', 'role', who.login, 'administrator']);
  const staff = await open(portal);
  await signIn(staff, who);
  await staff.goto(`${portal.portal}/admin/accounts/new`);
  await staff.locator('#login').fill('hedy');
  await staff.locator('#name').fill('Hedy');
  await staff.locator('#notice').fill('hedy@home.example');
  await staff.locator('input[name=mail]').check();
  await send(staff, '#login');
  const shown = (await staff.locator('#code').textContent()).trim();
  const letter = await letterTo(portal, 'hedy@home.example');
  const page = await open(portal, lookable);
  const found = await read(page, letter, 'invitation');
  const link = await linkIn(page, letter, 'invite');
  assert.equal((await link.getAttribute('href')).includes(shown), false, 'each way has a link of its own');
  await link.click();
  assert.equal(await page.locator('#name').inputValue(), 'Hedy');
  await join(page, 'eighty eight piano keys');
  found.push(...await finish(page, 'hedy@example.org'));
  // The other one does not make a holder of somebody else.
  const other = await open(portal);
  if ((await other.goto(`${portal.portal}/invite/${shown}`)).status() !== 410) {
    await other.locator('#new').fill('not the password of Hedy');
    await other.locator('#again').fill('not the password of Hedy');
    const answered = other.waitForResponse(answer => answer.request().isNavigationRequest() && answer.request().method() === 'POST');
    await send(other, '#new');
    assert.equal((await answered).status(), 410);
  }
  await other.context().close();
  assert.deepEqual(found, []);
  await page.context().close();
  await staff.context().close();
});

test('a forgotten password is chosen anew behind a letter and a second factor', async () => {
  const address = 'forgetful@home.example';
  const who = person(portal, { address });
  secrets.push(who.password, who.seed, ...who.recovery);
  const page = await open(portal, lookable);
  await signIn(page, who);
  const secret = await makeAppPassword(page, portal, 'Phone');
  secrets.push(secret);
  const other = await open(portal, lookable);
  await other.goto(`${portal.portal}/forgot`);
  await other.locator('#login').fill(who.login);
  await send(other, '#login');
  await other.locator('.notice[role=status]').waitFor();
  const letter = await letterTo(portal, address, one => one.links.some(link => link.includes('/reset/')));
  const found = await read(other, letter, 'reset');
  const link = await linkIn(other, letter, 'reset');
  const url = await link.getAttribute('href');
  await link.click();
  await other.locator('#code').waitFor();
  assert.ok(isLetIn(portal, who.login, secret), 'a link that is looked at does nothing');
  const password = 'a moth in relay seventy';
  secrets.push(password);
  await other.locator('#new').fill(password);
  await other.locator('#again').fill(password);
  await other.locator('#code').fill(code(who.seed, 1)); // that of now was used
  await send(other, '#new');
  await other.locator('.notice[role=status]').waitFor();
  assert.equal(isLetIn(portal, who.login, secret), false);
  assert.equal((await other.goto(url)).status(), 410);
  await other.goto(portal.portal);
  await showPassword(other, { login: who.login, password });
  await other.getByLabel('Code from the app').waitFor();
  assert.deepEqual(found, []);
  await other.context().close();
  await page.context().close();
});

test('an address for notices is given, and proved by following a letter in any browser', async () => {
  const who = person(portal, { address: 'before@home.example' });
  const page = await open(portal);
  await signIn(page, who);
  await page.goto(`${portal.portal}/you`);
  await page.locator('#address').fill('after@home.example');
  await send(page, '#address');
  await page.locator('.notice[role=status]').waitFor();
  const letter = await letterTo(portal, 'after@home.example');
  const other = await open(portal, lookable);
  const found = await read(other, letter, 'address');
  const link = await linkIn(other, letter, 'notice-address');
  const path = new URL(await link.getAttribute('href')).pathname;
  found.push(...await look(portal, other.context(), { 'address-asked': path }));
  await link.click();
  await other.getByRole('button').filter({ visible: true }).first().waitFor();
  await page.goto(`${portal.portal}/you`);
  const goTo = address => page.locator('section[aria-labelledby=notices] > p').filter({ hasNotText: 'letter' }).filter({ hasText: address });
  assert.equal(await goTo('before@home.example').count(), 1, 'nothing changes by looking');
  await other.locator('form.card button').click();
  await other.locator('main form').waitFor({ state: 'detached' });
  found.push(...await lookHere(other, 'address-proved'));
  await page.goto(`${portal.portal}/you`);
  assert.equal(await goTo('after@home.example').count(), 1);
  assert.equal(await goTo('before@home.example').count(), 0);
  assert.equal((await other.goto(portal.portal + path)).status(), 410);
  // Both addresses are told.
  const isNews = one => one.links.every(one => !one.includes('/notice-address/')) && one.text.includes('after@home.example');
  for (const address of ['before@home.example', 'after@home.example']) await letterTo(portal, address, isNews);
  assert.deepEqual(found, []);
  await other.context().close();
  await page.context().close();
});

test('letters about app passwords are in the language of their reader, and are read in either theme', async () => {
  const found = [];
  for (const language of ['en', 'de', 'ms', 'ar']) {
    const address = `reader-${language}@home.example`;
    const who = person(portal, { address });
    secrets.push(who.password, who.seed, ...who.recovery);
    const page = await open(portal, lookable);
    await signIn(page, who);
    await page.goto(`${portal.portal}/you`);
    await page.locator('#language').selectOption(language);
    await send(page, '#language');
    await page.locator('.notice[role=status]').waitFor();
    const label = `Telefon & «${language}»`;
    await page.goto(`${portal.portal}/app-passwords/new`);
    await page.locator('#label').fill(label);
    await send(page, '#label');
    const secret = (await page.locator('#secret').textContent()).trim();
    secrets.push(secret);
    await page.goto(`${portal.portal}/app-passwords`);
    await page.locator('a[href$="/revoke"]').click();
    await page.locator('form.card button').click();
    await page.locator('.notice[role=status]').waitFor();
    assert.equal(isLetIn(portal, who.login, secret), false);
    const about = () => letters(portal).filter(one => one.to === address && one.subject.includes(label));
    // A third may be there already: that what was revoked has been tried.
    await letterTo(portal, address, () => about().length >= 2);
    const [made, revoked] = about();
    assert.notEqual(made.subject, revoked.subject);
    assert.deepEqual([made.language, revoked.language], [language, language]);
    for (const [name, letter] of Object.entries({ made, revoked })) {
      assert.deepEqual([...new Set(letter.links)], [`${portal.portal}/app-passwords`], 'it leads there, and nowhere else');
      found.push(...await read(page, letter, name));
    }
    await page.locator(`a[href="${portal.portal}/app-passwords"]`).click();
    await page.waitForURL('**/app-passwords');
    await page.context().close();
  }
  assert.deepEqual(found, []);
});

test('no letter has a password in it', async () => {
  const all = letters(portal);
  assert.ok(all.length >= 20 && secrets.length >= 40, 'there is something to look for, and where');
  for (const letter of all) {
    const text = [letter.raw, letter.subject, letter.text, letter.html].join('\n');
    for (const secret of secrets) {
      assert.equal(text.includes(secret), false, letter.subject);
      assert.equal(text.replaceAll('-', '').includes(secret.replaceAll('-', '')), false, letter.subject);
    }
  }
});
