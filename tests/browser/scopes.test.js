// What people may choose to have opened: calendars and contacts as one where the server behind keeps them side by side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { look, languages } from './look.js';
import { command, open, signIn, start } from './portal.js';

/** Ada, on the page for a new app password. */
async function begin(portal) {
  const ada = portal.accounts.find(one => one.login.startsWith('ada'));
  const page = await open(portal);
  await signIn(page, { login: ada.login, password: ada.primary_password, seed: ada.totp_secret }, 'Ada');
  await page.goto(`${portal.portal}/app-passwords/new`);
  return { ada, page };
}

/** Each box: its value, what it is called, and what is said beside it. */
function boxes(page) {
  return page.locator('fieldset label').evaluateAll(labels => labels.map(label => ({
    value: label.querySelector('input').value,
    name: label.querySelector('span').textContent,
    hint: label.querySelector('small').textContent,
  })));
}

test('what paths do not tell apart is one choice, which opens both, and the page says why', async () => {
  const portal = await start();
  try {
    const { ada, page } = await begin(portal);
    const offered = await boxes(page);
    assert.deepEqual(offered.map(one => [one.value, one.name]), [
      ['mail', 'Mail'], ['contacts,calendars', 'Calendars and contacts'], ['mail:send', 'Sending mail only'],
    ]);
    assert.match(offered[1].hint, /side by side/);
    await page.getByLabel('What is it for?').fill('Tablet');
    await page.getByRole('checkbox', { name: /^Mail/ }).uncheck();
    await page.getByRole('button', { name: 'Make the app password' }).click();
    await page.getByText('It opens: Calendars and contacts.').waitFor();
    // One that was made on the command line for the half of it opens both too.
    const half = command(portal, ['app-password', 'create', ada.login, '--label', 'Half', '--scope', 'mail,calendars']);
    assert.deepEqual(half.scopes, ['mail', 'contacts', 'calendars']);
    const made = command(portal, ['app-password', 'list', ada.login]);
    assert.deepEqual(made.find(one => one.label === 'Tablet').scopes, ['contacts', 'calendars']);
    await page.goto(`${portal.portal}/app-passwords`);
    const opened = await page.locator('.row').evaluateAll(rows => rows.map(row => row.querySelector('dd').textContent));
    assert.deepEqual(opened.sort(), [
      'Calendars and contacts', 'Mail · Calendars and contacts', 'Mail · Calendars and contacts',
    ]);
    await page.goto(`${portal.portal}/help`);
    assert.match(await page.locator('#dav').textContent(), /if it opens “.?Calendars and contacts.?”/);
    const said = new Set();
    for (const language of languages) {
      await page.goto(`${portal.portal}/language/${language}?next=/app-passwords/new`);
      const [, both] = await boxes(page);
      said.add(both.name).add(both.hint);
    }
    assert.equal(said.size, 2 * languages.length, 'each language has words of its own');
    const pages = { new: '/app-passwords/new', list: '/app-passwords', help: '/help' };
    assert.deepEqual(await look(portal, page.context(), pages, { prefix: 'scopes-' }), []);
    assert.deepEqual(page.complaints, []);
  } finally {
    await portal.stop();
  }
});

test('what paths tell apart is chosen apart', async () => {
  const portal = await start({ apart: true });
  try {
    const { ada, page } = await begin(portal);
    assert.deepEqual((await boxes(page)).map(one => one.name), ['Mail', 'Contacts', 'Calendars', 'Sending mail only']);
    await page.getByLabel('What is it for?').fill('Wall calendar');
    for (const other of [/^Mail/, /^Contacts/]) await page.getByRole('checkbox', { name: other }).uncheck();
    await page.getByRole('button', { name: 'Make the app password' }).click();
    await page.getByText('It opens: Calendars.').waitFor();
    const made = command(portal, ['app-password', 'list', ada.login]).find(one => one.label === 'Wall calendar');
    assert.deepEqual(made.scopes, ['calendars']);
    assert.deepEqual(await look(portal, page.context(), { apart: '/app-passwords/new' }, { prefix: 'scopes-' }), []);
    assert.deepEqual(page.complaints, []);
  } finally {
    await portal.stop();
  }
});
