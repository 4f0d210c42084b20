// The portal as people use it. Run by ./test, which builds first.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { look } from './look.js';
import { code, idle, isLetIn, makeAppPassword, open, person, readMail, showPassword, signIn, start } from './portal.js';

let portal;
before(async () => { portal = await start(); });
after(async () => { await portal?.stop(); });

test('two factors sign in; a wrong password says the same of known and unknown names', async () => {
  const who = person(portal);
  const page = await open(portal);
  const refusals = [];
  for (const login of [who.login, 'nobody@example.org']) {
    await page.goto(`${portal.portal}/sign-in`);
    await showPassword(page, { login, password: 'not the right one' });
    refusals.push(await page.getByRole('alert').textContent());
    assert.equal(await page.locator('input[type=password]').inputValue(), '', 'a password never comes back');
  }
  assert.match(refusals[0], /login name or the password is wrong/);
  assert.equal(refusals[0], refusals[1]);
  await page.goto(`${portal.portal}/sign-in`);
  await showPassword(page, who);
  await page.getByLabel('Code from the app').fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  assert.match(await page.getByRole('alert').textContent(), /wrong, was used before, or is too old/);
  await page.goto(portal.portal);
  await page.getByLabel('Login name').waitFor();
  await signIn(page, who);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Login name').waitFor();
  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByLabel('Login name').waitFor();
  await page.context().close();
});

test('a code is good once', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  const other = await open(portal);
  await showPassword(other, who);
  await other.getByLabel('Code from the app').fill(code(who.seed));
  await other.getByRole('button', { name: 'Continue' }).click();
  // Where the next half minute has begun meanwhile, the code is another one, and right.
  await other.getByRole('alert').or(other.getByRole('heading', { name: 'Hello, Grace' })).first().waitFor();
  const used = await other.getByRole('alert').count() === 1;
  assert.ok(used || await other.getByRole('heading', { name: 'Hello, Grace' }).count() === 1);
  if (used) await other.goto(`${portal.portal}/sign-in`);
  else await other.getByRole('button', { name: 'Sign out' }).click();
  await showPassword(other, who);
  await other.getByRole('link', { name: 'Use a recovery code instead' }).click();
  for (const [typed, outcome] of [[who.recovery[0], 'in'], [who.recovery[0], 'refused'], [who.recovery[1].toUpperCase(), 'in']]) {
    if (!other.url().includes('second-factor')) {
      await other.getByRole('button', { name: 'Sign out' }).click();
      await showPassword(other, who);
      await other.getByRole('link', { name: 'Use a recovery code instead' }).click();
    }
    await other.getByLabel('Recovery code', { exact: true }).fill(typed);
    await other.getByRole('button', { name: 'Continue' }).click();
    if (outcome === 'in') await other.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
    else assert.match(await other.getByRole('alert').textContent(), /wrong or was used before/);
  }
  await page.context().close();
  await other.context().close();
});

test('an app password is made, shown once, used and revoked', async () => {
  const ada = portal.accounts.find(one => one.login.startsWith('ada'));
  const who = { login: ada.login, password: ada.primary_password, seed: ada.totp_secret };
  const page = await open(portal);
  await signIn(page, who, 'Ada');
  const secret = await makeAppPassword(page, portal, 'Thunderbird on laptop');
  assert.match(secret, /^([a-z]{4}-){3}[a-z]{4}$/);
  assert.equal(page.url().includes(secret), false);
  assert.equal(await page.locator('#s-user').textContent(), who.login);
  await page.getByText('As soon as it does, you see it here.').waitFor();
  assert.ok(readMail(portal, who.login, secret), 'the app gets in');
  await page.getByText('IMAP: signed in').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'This app password was shown already' }).waitFor();
  assert.equal((await page.content()).includes(secret), false);
  await page.goto(`${portal.portal}/app-passwords`);
  await page.goBack();
  assert.equal((await page.content()).includes(secret), false, 'gone on going back');
  await page.goto(`${portal.portal}/app-passwords`);
  assert.match(await page.locator('#use').textContent(), /2\s+of 25 in use/);
  await page.getByRole('link', { name: 'Revoke Thunderbird on laptop' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  assert.match(await page.locator('.notice[role=status]').textContent(), /“Thunderbird on laptop” is revoked\. No connection was open\./);
  assert.equal(readMail(portal, who.login, secret), false, 'and then not any more');
  await page.reload();
  assert.equal(await page.locator('.notice[role=status]').count(), 0, 'news is said once');
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByText('You revoked it.').waitFor();
  await page.context().close();
});

test('apps come and go on the page while one looks, and one can be signed out', async () => {
  const bob = portal.accounts.find(one => one.login.startsWith('bob'));
  const page = await open(portal);
  await signIn(page, { login: bob.login, password: bob.primary_password, seed: bob.totp_secret }, 'Bob');
  await page.goto(`${portal.portal}/connected`);
  await page.getByText('No app is connected.').waitFor();
  const app = await idle(portal, bob.login, bob.app_password);
  await page.getByRole('button', { name: 'Sign out Sample' }).click();
  assert.match(await app.closed, /\* BYE This app was signed out by its owner\./);
  await page.getByText('The app was signed out.').waitFor();
  await page.getByText('No app is connected.').waitFor();
  const again = await idle(portal, bob.login, bob.app_password);
  await page.getByRole('heading', { name: 'Sample' }).waitFor();
  again.leave();
  await page.getByText('No app is connected.').waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('what is wrong with a form is said beside the field, and what was typed stays', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  await page.goto(`${portal.portal}/app-passwords/new`);
  await page.getByLabel('What is it for?').fill('x'.repeat(10000));
  await page.locator('summary').click();
  await page.getByLabel('Only from these networks').fill('192.0.2.0/99');
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
  await page.getByRole('button', { name: 'Make the app password' }).click();
  const said = await page.getByRole('alert').allTextContents();
  assert.equal(said.length, 3);
  assert.match(said.join('\n'), /at most 100 characters[^]*Choose at least one[^]*“192.0.2.0\/99” is not a network/);
  assert.equal((await page.getByLabel('What is it for?').inputValue()).length, 10000);
  const labels = ['<script>document.title = "hurt"</script>', '🔑 مفتاح القبو', '"><img src=x onerror=alert(1)>'];
  for (const label of labels) {
    await makeAppPassword(page, portal, label);
    await page.goto(`${portal.portal}/app-passwords`);
    await page.getByRole('heading', { name: label, exact: true }).waitFor();
  }
  await page.goto(`${portal.portal}/app-passwords/new`);
  await page.getByLabel('What is it for?').fill('turned \u202e around');
  await page.getByRole('button', { name: 'Make the app password' }).click();
  assert.match(await page.getByRole('alert').textContent(), /invisible characters/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('changing the password revokes every app password and signs out the other browsers', async () => {
  const who = person(portal);
  const [page, other] = [await open(portal), await open(portal)];
  await signIn(page, who);
  await showPassword(other, who);
  await other.getByRole('link', { name: 'Use a recovery code instead' }).click();
  await other.getByLabel('Recovery code', { exact: true }).fill(who.recovery[2]);
  await other.getByRole('button', { name: 'Continue' }).click();
  await other.getByRole('heading', { name: 'Hello, Grace' }).waitFor();
  const secret = await makeAppPassword(page, portal, 'Phone');
  await page.goto(`${portal.portal}/security`);
  assert.equal(await page.getByRole('button', { name: /^Sign out / }).count(), 1, 'the other browser is listed');
  await page.getByRole('link', { name: 'Change password' }).click();
  await page.getByText('Your app password will stop working').waitFor();
  const change = async (old, next, again) => {
    await page.getByLabel('Old password').fill(old);
    await page.getByLabel('New password', { exact: true }).fill(next);
    await page.getByLabel('New password again').fill(again);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  for (const [old, next, again, said] of [
    [who.password, 'short', 'short', /at least 12 characters/],
    [who.password, 'a new long password', 'another long password', /not the same/],
    ['not the old one', 'a new long password', 'a new long password', /not your old password/],
  ]) {
    await change(old, next, again);
    assert.match(await page.getByRole('alert').textContent(), said);
  }
  await change(who.password, 'a new long password', 'a new long password');
  assert.match(await page.locator('.notice[role=status]').textContent(), /Your password is changed\. 1 app password is revoked\./);
  assert.equal(isLetIn(portal, who.login, secret), false);
  await other.goto(`${portal.portal}/app-passwords`);
  await other.getByLabel('Login name').waitFor();
  await page.context().close();
  await other.context().close();
});

test('who has no second factor adds one, and saves recovery codes', async () => {
  const who = person(portal, { factor: false });
  const page = await open(portal);
  await showPassword(page, who);
  await page.getByRole('link', { name: 'Add an authenticator app' }).click();
  const seed = await page.locator('#seed').textContent();
  await page.getByLabel('Code from the app').fill('123456');
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.locator('#seed').textContent(), seed, 'it stays the same one');
  await page.getByLabel('Code from the app').fill(code(seed));
  await page.getByRole('button', { name: 'Add' }).click();
  await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
  assert.equal(await page.locator('#codes li').count(), 10);
  await page.getByRole('link', { name: 'I have saved them' }).click();
  await page.getByText('10 recovery codes are left.').waitFor();
  await page.goto(`${portal.portal}/security/recovery-codes`);
  assert.equal(await page.locator('#codes').count(), 0, 'shown once');
  await page.context().close();
});

test('without scripts everything works', async () => {
  const who = person(portal);
  const page = await open(portal, { javaScriptEnabled: false });
  await signIn(page, who);
  const secret = await makeAppPassword(page, portal, 'No scripts');
  assert.ok(isLetIn(portal, who.login, secret));
  assert.equal(await page.getByRole('button', { name: /Copy/ }).count(), 0, 'no button that does nothing');
  await page.goto(`${portal.portal}/app-passwords/revoke-all`);
  await page.getByRole('button', { name: 'Revoke all' }).click();
  assert.match(await page.locator('.notice[role=status]').textContent(), /1 app password is revoked/);
  await page.context().close();
});

/** A request by hand, with what a browser would not send. */
function ask(path, { method = 'GET', headers = {}, body = '' } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request(portal.portal + path, { method, headers, ca: readFileSync(portal.ca) }, answer => {
      answer.resume();
      answer.once('end', () => resolve(answer));
    });
    request.once('error', reject);
    request.end(body);
  });
}

test('forms from elsewhere, tampered cookies and frames are refused', async () => {
  const who = person(portal);
  const page = await open(portal);
  const before = await page.context().cookies();
  await signIn(page, who);
  const cookies = await page.context().cookies();
  const session = cookies.find(c => c.name === '__Host-valetkey');
  assert.ok(session.httpOnly && session.secure && session.sameSite === 'Lax');
  assert.equal(before.some(c => c.value === session.value), false, 'no cookie of before is a session');
  const tie = cookies.find(c => c.name === '__Host-valetkey-form');
  const headers = { cookie: `${session.name}=${session.value}; ${tie.name}=${tie.value}`, 'content-type': 'application/x-www-form-urlencoded' };
  const form = await page.locator('input[name=form]').first().inputValue();
  const revokeAll = { method: 'POST', body: `form=${form}` };
  const status = async extra => (await ask('/app-passwords/revoke-all', { ...revokeAll, ...extra })).statusCode;
  assert.equal(await status({ headers: { ...headers, 'sec-fetch-site': 'cross-site' } }), 403);
  assert.equal(await status({ headers: { ...headers, origin: 'https://evil.example' } }), 403);
  assert.equal(await status({ headers, body: 'form=' }), 403);
  assert.equal(await status({ headers, body: `form=${'0'.repeat(64)}` }), 403);
  const changed = session.value.replace(/^./, c => (c === '0' ? '1' : '0'));
  const tampered = await ask('/app-passwords', { headers: { cookie: `${session.name}=${changed}` } });
  assert.equal(tampered.statusCode, 303);
  assert.match(tampered.headers.location, /^\/sign-in\?next=/);
  assert.equal(await status({ headers: { ...headers, 'sec-fetch-site': 'same-origin' } }), 303, 'its own form is taken');
  const own = await ask('/app-passwords', { headers });
  assert.equal(own.headers['x-frame-options'], 'DENY');
  assert.match(own.headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.equal(own.headers['cache-control'], 'no-store');
  assert.equal((await ask('/sign-in?next=//evil.example', { headers })).headers.location, '/');
  assert.equal((await ask('/app-passwords/new', { method: 'POST', headers, body: 'x'.repeat(100000) })).statusCode, 413);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Login name').waitFor();
  assert.equal((await ask('/app-passwords', { headers })).statusCode, 303, 'a stolen cookie dies with the session');
  await page.context().close();
});

test('no page of another site can put the portal into a frame', async () => {
  const who = person(portal);
  const inside = await open(portal);
  await signIn(inside, who);
  const page = await inside.context().newPage();
  /** What somebody sees who looks at the portal in a frame, with headers that a proxy has taken away. */
  const framed = async (path, without) => {
    await page.unrouteAll();
    await page.route('**/*', async route => {
      const answer = await route.fetch();
      const headers = Object.fromEntries(Object.entries(answer.headers()).filter(([name]) => !without.includes(name)));
      await route.fulfill({ response: answer, headers });
    });
    await page.goto('about:blank');
    const answered = page.waitForResponse(portal.portal + path);
    await page.setContent(`<iframe width="800" height="600" src="${portal.portal}${path}"></iframe>`);
    await answered;
    const frame = await (await page.locator('iframe').elementHandle()).contentFrame();
    await frame.waitForFunction(() => document.readyState === 'complete' && location.href !== 'about:blank');
    return { shown: await frame.locator('main').count(), url: frame.url() };
  };
  const [policy, options] = ['content-security-policy', 'x-frame-options'];
  assert.deepEqual(await framed('/help', [policy, options]), { shown: 1, url: `${portal.portal}/help` }, 'else it would be');
  for (const path of ['/', '/app-passwords/revoke-all', '/sign-in', '/help', '/nothing-here', '/invite/abcd-efgh-ijkl-mnop']) {
    assert.deepEqual(await framed(path, []), { shown: 0, url: 'chrome-error://chromewebdata/' }, path);
  }
  // Each of the two is enough.
  for (const one of [policy, options]) assert.equal((await framed('/help', [one])).shown, 0, `without ${one}`);
  await inside.context().close();
});

test('a form whose session has ended leads to signing in', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  await page.goto(`${portal.portal}/app-passwords/new`);
  await page.getByLabel('What is it for?').fill('Too late');
  await page.getByRole('checkbox', { name: /^Calendars and contacts/ }).uncheck();
  await page.locator('summary').click();
  await page.getByLabel('Only from these networks').fill('192.0.2.0/24');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Make the app password' }).click();
  await page.getByLabel('Login name').waitFor();
  await signIn(page, { ...who, later: 1 }, null);
  await page.getByRole('heading', { name: 'New app password' }).waitFor();
  assert.equal(await page.getByLabel('What is it for?').inputValue(), 'Too late', 'what was typed is still there');
  assert.equal(await page.getByLabel('Only from these networks').inputValue(), '192.0.2.0/24');
  assert.equal(await page.getByRole('checkbox', { name: /^Calendars and contacts/ }).isChecked(), false);
  await page.context().close();
});

test('two tabs: what is done in one holds in the other', async () => {
  const who = person(portal);
  const first = await open(portal);
  await signIn(first, who);
  await makeAppPassword(first, portal, 'Phone');
  const second = await first.context().newPage();
  for (const tab of [first, second]) {
    await tab.goto(`${portal.portal}/app-passwords`);
    await tab.getByRole('link', { name: 'Revoke Phone' }).click();
  }
  await first.getByRole('button', { name: 'Revoke', exact: true }).click();
  await first.getByText('“Phone” is revoked.').waitFor();
  await second.getByRole('button', { name: 'Revoke', exact: true }).click();
  await second.getByText('“Phone” is revoked.').waitFor(); // once more does no harm
  // Stepping up in one tab gives the browser another token: a form of the other is still its own.
  await second.goto(`${portal.portal}/app-passwords/new`);
  await second.getByLabel('What is it for?').fill('Tablet');
  await first.goto(`${portal.portal}/step-up?next=/security`);
  await first.getByLabel('Code from the app').fill(code(who.seed, 1));
  await first.getByRole('button', { name: 'Continue' }).click();
  await first.getByRole('heading', { level: 1, name: 'Security' }).waitFor();
  await second.getByRole('button', { name: 'Make the app password' }).click();
  await second.getByRole('heading', { level: 1, name: 'Your new app password' }).waitFor();
  await first.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await first.getByLabel('Login name').waitFor();
  await second.goto(`${portal.portal}/app-passwords`);
  await second.getByLabel('Login name').waitFor();
  await first.context().close();
});

test('every page in four languages, two themes and three widths: accessible, and without a complaint', async () => {
  const who = person(portal);
  const page = await open(portal);
  await signIn(page, who);
  await makeAppPassword(page, portal, 'Thunderbird on laptop');
  await makeAppPassword(page, portal, 'Old iPad');
  await page.goto(`${portal.portal}/app-passwords`);
  await page.getByRole('link', { name: 'Revoke Old iPad' }).click();
  await page.getByRole('button', { name: 'Revoke', exact: true }).click();
  const list = await page.getByRole('link', { name: 'Revoke Thunderbird on laptop' }).getAttribute('href');
  const factor = await (await page.goto(`${portal.portal}/security`), page.getByRole('link', { name: /^Remove/ }).first()).getAttribute('href');
  const pages = {
    home: '/', 'app-passwords': '/app-passwords', new: '/app-passwords/new', history: '/app-passwords/history',
    revoke: list, 'revoke-all': '/app-passwords/revoke-all', gone: list.replace(/\/revoke$/, ''), connected: '/connected',
    security: '/security', password: '/security/password', authenticator: '/security/authenticator', remove: factor,
    passkey: '/security/passkey', rename: factor.replace(/\/remove$/, ''), forgot: '/forgot',
    'step-up': '/step-up', 'not-found': '/nothing-here',
  };
  assert.deepEqual(await look(portal, page.context(), pages), []);
  for (const path of Object.values(pages)) await page.goto(portal.portal + path);
  assert.deepEqual(page.complaints.filter(text => !text.includes('404')), []);
  await page.context().close();
});
