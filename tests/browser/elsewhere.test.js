// What another server did when an app password is revoked: a Dovecot that asks by itself, and is told. Run by ./test.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { lookable, lookHere } from './look.js';
import { idleElsewhere, makeAppPassword, open, readMailElsewhere, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start({ asking: true }); });
after(async () => { await portal?.stop(); });

/** How long the last word may be waited for: it comes after ten seconds, on a busy machine later. */
const patience = 60000;

test('a revoke says what the other server did, and the history what came of it in the end', async () => {
  const ada = portal.accounts.find(one => one.login.startsWith('ada'));
  const page = await open(portal, lookable);
  await signIn(page, { login: ada.login, password: ada.primary_password, seed: ada.totp_secret }, 'Ada');
  const found = [];
  const secret = await makeAppPassword(page, portal, 'Thunderbird on laptop');
  const apps = await Promise.all([secret, secret].map(each => idleElsewhere(portal, ada.login, each)));
  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByRole('link', { name: 'Revoke Thunderbird on laptop' }).click();
  await page.getByText('On Second Dovecot all apps of the account are signed out.').waitFor();
  assert.equal(await page.getByText('Your other apps go on as before.').count(), 0);
  found.push(...await lookHere(page, 'elsewhere-revoke'));
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  const said = await page.locator('.notice[role=status]').textContent();
  assert.match(said, /“Thunderbird on laptop” is revoked\./);
  assert.match(said, /Second Dovecot: 2 connections closed\. Final in \d+ s\./);
  for (const app of apps) assert.match(await app.closed, /\* BYE /);
  found.push(...await lookHere(page, 'elsewhere-revoked'));
  await page.getByRole('link', { name: 'History' }).click();
  const told = page.getByText(/Second Dovecot: 2 connections closed\./);
  await told.waitFor();
  found.push(...await lookHere(page, 'elsewhere-history'));
  assert.equal(readMailElsewhere(portal, ada.login, secret), false, 'nor does it come again');
  // Only the second time is final: then nothing more is to come.
  const isFinal = async () => await told.count() === 1 && !/Final in/.test(await told.textContent());
  for (const end = Date.now() + patience; !await isFinal(); await page.reload()) {
    assert.ok(Date.now() < end, await page.locator('main').textContent());
  }
  found.push(...await lookHere(page, 'elsewhere-history-final'));
  assert.deepEqual(found, []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
