// A television that is let in with the code that it shows: a real client of OAuth on the device, a real browser beside it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'openid-client';
import { languages, look, lookHere, lookable } from './look.js';
import { asApp, code, open, person, showPassword, start } from './portal.js';

const scope = 'offline_access urn:ietf:params:oauth:scope:mail urn:ietf:params:oauth:scope:calendars';
const sections = '\n[[oauth.client]]\nid = "tv"\nname = "Television"\ndevice = true\n';

let portal, television;
before(async () => {
  portal = await start({ oauth: true, sections });
  const options = { algorithm: 'oauth2', [oauth.customFetch]: asApp(portal) };
  television = await oauth.discovery(new URL(portal.portal), 'tv', undefined, oauth.None(), options);
});
after(async () => { await portal?.stop(); });

/** Goes to the page to which a device leads, in a language, and past the comparing of the code. */
async function compare(page, asked, language = 'en') {
  const next = encodeURIComponent(new URL(asked.verification_uri_complete).pathname + new URL(asked.verification_uri_complete).search);
  await page.goto(`${portal.portal}/language/${language}?next=${next}`);
  assert.equal(await page.locator('#user_code').inputValue(), asked.user_code);
  await page.locator('main form button').click();
  await page.locator('button[value=allow]').waitFor();
}

test('a television is let in by whoever reads its code, and listed', async () => {
  const asked = await oauth.initiateDeviceAuthorization(television, { scope });
  const polled = oauth.pollDeviceAuthorizationGrant(television, asked);
  const [page, who] = [await open(portal, lookable), person(portal)];
  await page.goto(asked.verification_uri_complete);
  await page.getByRole('heading', { level: 1, name: 'Sign in to let a device in' }).waitFor();
  await showPassword(page, who);
  await page.getByLabel('Code from the app').fill(code(who.seed));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: 'Let a device in' }).waitFor();
  await page.getByText('Go on only if your device shows the same code').waitFor();

  await page.goto(asked.verification_uri);
  await page.getByLabel('Code on the device').fill('bbbb bbbb');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('This code is not right').waitFor();
  assert.deepEqual(await lookHere(page, 'device-wrong'), []);
  await page.getByLabel('Code on the device').fill(asked.user_code.toLowerCase());
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: /^Let .*Television.* in\?$/ }).waitFor();
  await page.getByRole('heading', { name: 'Did you start this yourself just now?' }).waitFor();
  await page.getByText('127.0.0.1, where this browser is too').waitFor();
  assert.deepEqual(await lookHere(page, 'device-consent'), []);
  await page.getByRole('button', { name: 'Yes, allow it' }).click();
  await page.getByRole('heading', { level: 1, name: /Television.* is let in/ }).waitFor();
  assert.deepEqual(await lookHere(page, 'device-allowed'), []);
  const tokens = await polled;
  // Radicale's paths do not tell which is which: who asks for calendars is told that it has both.
  const given = `${scope} urn:ietf:params:oauth:scope:contacts`;
  assert.deepEqual(tokens.scope.split(' ').sort(), given.split(' ').sort());
  const renewed = await oauth.refreshTokenGrant(television, tokens.refresh_token);
  assert.notEqual(renewed.access_token, tokens.access_token);
  await page.getByRole('link', { name: 'Authorised apps' }).click();
  await page.getByRole('heading', { level: 2, name: 'Television' }).waitFor();
  assert.deepEqual(await look(portal, page.context(), { code: '/device', filled: '/device?user_code=WDJB-MJHT' }, { prefix: 'device-' }), []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a television that is denied hears it, in every language', async () => {
  const [page, who] = [await open(portal, lookable), person(portal)];
  await page.goto(`${portal.portal}/device`);
  await showPassword(page, who);
  await page.getByLabel('Code from the app').fill(code(who.seed));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { level: 1, name: 'Let a device in' }).waitFor();
  for (const language of languages) {
    const asked = await oauth.initiateDeviceAuthorization(television, { scope: 'urn:ietf:params:oauth:scope:mail' });
    await compare(page, asked, language);
    assert.deepEqual(await lookHere(page, 'device-asked'), []);
    await page.locator('button[value=deny]').click();
    await page.locator('button[value=deny]').waitFor({ state: 'detached' });
    assert.deepEqual(await lookHere(page, 'device-denied'), []);
    if (language !== 'en') continue;
    await page.getByRole('heading', { level: 1, name: /Television.* is not let in/ }).waitFor();
    const refused = await oauth.pollDeviceAuthorizationGrant(television, { ...asked, interval: 0.01 }).then(() => null, error => error);
    assert.equal(refused?.error, 'access_denied', String(refused));
  }
  await page.context().close();
});

test('who has no second factor lets no device in', async () => {
  const [page, who] = [await open(portal, lookable), person(portal, { factor: false })];
  await page.goto(`${portal.portal}/device`);
  await showPassword(page, who);
  await page.getByRole('heading', { name: 'Add a second factor first' }).waitFor();
  assert.equal(await page.getByLabel('Code on the device').count(), 0);
  assert.deepEqual(await look(portal, page.context(), { 'no-factor': '/device' }, { prefix: 'device-' }), []);
  await page.context().close();
});
