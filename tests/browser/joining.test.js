// Becoming an account holder and staying one: invitations, passkeys, trusted browsers, forgotten passwords.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addPasskey, authenticator, code, command, isLetIn, makeAppPassword, open, person, showPassword, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start(); });
after(async () => { await portal?.stop(); });

test('an invitation leads to an account with a passkey, recovery codes and app passwords', async () => {
  const made = command(portal, ['account', 'invite', 'margaret@example.org', '--name', 'Margaret']);
  assert.match(made.code, /^([a-z]{4}-){3}[a-z]{4}$/);
  const page = await open(portal);
  const device = await authenticator(page);
  await page.goto(made.link);
  await page.getByText('margaret@example.org is your account.').waitFor();
  await page.getByLabel('Choose a password').fill('margaret2026');
  await page.getByLabel('The same password again').fill('margaret2026');
  await page.getByLabel('An address for notices').fill('margaret@example.org');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.match(await page.getByRole('alert').filter({ visible: true }).first().textContent(), /hardly more than your login name/);
  await page.getByLabel('Choose a password').fill('moon landing in nine weeks');
  await page.getByText('Very good').waitFor();
  await page.getByLabel('The same password again').fill('moon landing in nine weeks');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.match(await page.getByRole('alert').filter({ visible: true }).first().textContent(), /mailbox of this very account/);
  assert.equal(await page.getByLabel('Your name').inputValue(), 'Margaret');
  await page.getByLabel('An address for notices').fill('margaret@home.example');
  await page.getByLabel('Choose a password').fill('moon landing in nine weeks');
  await page.getByLabel('The same password again').fill('moon landing in nine weeks');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByRole('link', { name: 'Add a passkey' }).click();
  await addPasskey(page, 'Laptop');
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  assert.equal((await device.keys()).length, 1);
  const secret = await makeAppPassword(page, portal, 'Phone');
  assert.ok(isLetIn(portal, 'margaret@example.org', secret));
  await page.goto(made.link);
  await page.getByRole('heading', { level: 1, name: /^This link / }).waitFor();
  assert.deepEqual(page.complaints.filter(text => !text.includes('410')), []);
  await page.context().close();
});

test('a passkey signs in by itself, as second factor and to step up', async () => {
  const who = person(portal);
  const page = await open(portal);
  const device = await authenticator(page);
  await signIn(page, who);
  await page.goto(`${portal.portal}/security/passkey`);
  await addPasskey(page, 'Desk');
  await page.getByText('The passkey was added.').waitFor();
  await page.getByRole('link', { name: 'Rename Desk' }).click();
  await page.getByLabel('A name for it').fill('Work desk');
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('heading', { name: 'Work desk' }).waitFor();
  const signOut = () => page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  // As second factor.
  await device.leave(); // else the browser signs in as soon as the page offers it
  await signOut();
  await showPassword(page, who);
  await page.getByRole('button', { name: 'Use a passkey' }).waitFor();
  await device.come();
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
  // To step up.
  await page.goto(`${portal.portal}/step-up?next=/security`);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  // By itself.
  await signOut();
  await page.goto(`${portal.portal}/sign-in?next=/connected`);
  await Promise.race([
    page.waitForURL('**/connected'), // the browser offered it by itself
    page.getByRole('button', { name: 'Use a passkey' }).click().then(() => page.waitForURL('**/connected')),
  ]);
  await page.getByRole('heading', { level: 1, name: 'Connected now' }).waitFor();
  assert.ok((await device.keys())[0].signCount >= 4, 'made, then shown three times');
  await device.mistake();
  await page.goto(`${portal.portal}/step-up?next=/security`);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.getByText('The passkey was not accepted.').filter({ visible: true }).waitFor();
  await page.context().close();
});

test('an answer of a passkey is good once, and for nobody else', async () => {
  const [who, other] = [person(portal), person(portal)];
  const page = await open(portal);
  const device = await authenticator(page);
  await signIn(page, who);
  await page.goto(`${portal.portal}/security/passkey`);
  await addPasskey(page, 'Desk');
  await page.getByText('The passkey was added.').waitFor();
  await device.leave(); // else the browser signs in as soon as the page offers it
  await page.context().clearCookies();
  await page.goto(`${portal.portal}/sign-in`);
  await showPassword(page, other);
  await device.come();
  await page.getByLabel('Code from the app').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Use a passkey' }).count(), 0, 'the other has none');
  const replayed = await page.evaluate(async () => {
    const form = document.querySelector('input[name=form]').value;
    const send = (path, more) => fetch(path, { method: 'POST', body: new URLSearchParams({ form, ...more }) });
    const { challenge, options } = await (await send('/passkey/challenge?with=any', {})).json();
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const answer = JSON.stringify(await navigator.credentials.get({ publicKey }));
    const paths = ['/sign-in/second-factor', '/sign-in/second-factor'];
    const said = [];
    for (const path of paths) said.push(await (await send(path, { with: 'passkey', challenge, answer })).text());
    return said.map(text => text.includes('The passkey was not accepted'));
  });
  assert.deepEqual(replayed, [true, true], 'a passkey of another account, then a used challenge');
  await page.context().close();
});

test('a trusted browser leaves the second factor out until trust ends, and steps up all the same', async () => {
  const who = person(portal);
  const page = await open(portal);
  await showPassword(page, who);
  await page.getByLabel(/Trust this browser/).check();
  await page.getByLabel('Code from the app').fill(code(who.seed));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
  const signOut = () => page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await signOut();
  await showPassword(page, who);
  await page.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
  await page.goto(`${portal.portal}/app-passwords/new`);
  await page.getByRole('heading', { name: 'Is it still you?' }).waitFor();
  const stranger = await open(portal);
  await showPassword(stranger, who);
  await stranger.getByLabel('Code from the app').waitFor();
  await page.goto(portal.portal);
  await signOut();
  await showPassword(page, who);
  await page.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
  await page.goto(`${portal.portal}/security`);
  await page.getByRole('heading', { name: 'Trusted browsers' }).waitFor();
  await page.getByRole('button', { name: /^End trust/ }).click();
  await page.getByText('That browser is asked for the second factor again.').waitFor();
  await signOut();
  await showPassword(page, who);
  await page.getByLabel('Code from the app').waitFor();
  await page.context().close();
  await stranger.context().close();
});

test('a forgotten password is replaced with a code from an administrator and a second factor', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  const secret = await makeAppPassword(page, portal, 'Phone');
  const made = command(portal, ['account', 'link', who.login]);
  const forgetful = await open(portal);
  await forgetful.getByRole('link', { name: 'Forgotten your password?' }).click();
  await forgetful.getByLabel('A code from an administrator').fill('abcd-efgh-ijkl-mnop');
  await forgetful.getByRole('button', { name: 'Continue' }).click();
  assert.match(await forgetful.getByRole('alert').filter({ visible: true }).textContent(), /wrong, was used already/);
  await forgetful.getByLabel('A code from an administrator').fill(made.code.toUpperCase());
  await forgetful.getByRole('button', { name: 'Continue' }).click();
  await forgetful.getByText('Your apps stop working until you let each in anew').waitFor();
  const choose = async (password, codeTyped) => {
    await forgetful.getByLabel('New password', { exact: true }).fill(password);
    await forgetful.getByLabel('New password again').fill(password);
    await forgetful.locator('#code').fill(codeTyped);
    await forgetful.getByRole('button', { name: 'Set the new password' }).click();
  };
  await choose('three blind mice run', '000000');
  assert.match(await forgetful.getByRole('alert').filter({ visible: true }).textContent(), /This code is wrong/);
  assert.ok(isLetIn(portal, who.login, secret), 'nothing happened yet');
  await forgetful.getByRole('link', { name: 'Use a recovery code instead' }).click();
  await choose('three blind mice run', who.recovery[0]);
  await forgetful.getByRole('heading', { name: 'Your password is changed' }).waitFor();
  await forgetful.getByText('1 app password is revoked.').waitFor();
  assert.equal(isLetIn(portal, who.login, secret), false);
  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByLabel('Login name').waitFor(); // signed out
  await forgetful.goto(made.link);
  await forgetful.getByRole('heading', { level: 1, name: /^This link / }).waitFor();
  await forgetful.goto(portal.portal);
  await showPassword(forgetful, { login: who.login, password: 'three blind mice run' });
  await forgetful.getByLabel('Code from the app').waitFor();
  await page.context().close();
  await forgetful.context().close();
});

test('whether there is an account, a forgotten password does not tell', async () => {
  const who = person(portal);
  const page = await open(portal, { javaScriptEnabled: false });
  const said = [];
  for (const login of [who.login, 'nobody@example.org']) {
    await page.goto(`${portal.portal}/forgot`);
    await page.getByLabel('Login name').fill(login);
    await page.getByRole('button', { name: 'Send me a link' }).click();
    said.push((await page.locator('.notice[role=status]').textContent()).replace(login, '…'));
  }
  assert.match(said[0], /If … is an account/);
  assert.equal(said[0], said[1]);
  await page.goto(`${portal.portal}/register`);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await page.context().close();
});
