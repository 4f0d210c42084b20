// "Connected now" as somebody sees it whose apps are real ones, connected through the gateway.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { look } from './look.js';
import { command, open, signIn, start } from './portal.js';

let portal;
let dir;
let apps = [];
before(async () => {
  portal = await start();
  dir = mkdtempSync(join(tmpdir(), 'valetkey-apps-'));
});
after(async () => {
  for (const app of apps) app.child.kill();
  await portal?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const port = endpoint => portal.endpoints[endpoint].split(':').pop().replace('/', '');

/** Runs an app, which stays connected as long as it is fed; `ended` gives how it came to its end. */
function run(program, args, input) {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', bytes => { said += bytes; });
  child.stdin.on('error', () => {}); // it is seen by its end
  const ended = new Promise(resolve => child.once('exit', status => resolve({ status, said })));
  child.stdin.write(input);
  apps.push({ child, ended });
  return { child, ended };
}

function settings(name, text) {
  const file = join(dir, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** fetchmail, which waits for mail over IMAP. */
function fetchmail(login, secret) {
  const file = settings('fetchmailrc', `poll localhost protocol imap port ${port('imaps')} auth password user "${login}"
    password "${secret}" ssl sslcertck sslcertfile "${portal.ca}" keep idle mda "cat >/dev/null"\n`);
  return run('fetchmail', ['--nosyslog', '--nodetach', '--pidfile', join(dir, 'pid'), '-f', file], '');
}

/** imaplib, which says by ID what it is. */
function imaplib(login, secret) {
  const script = `
import imaplib, ssl, sys
app = imaplib.IMAP4_SSL("localhost", ${port('imaps')}, ssl_context=ssl.create_default_context(cafile="${portal.ca}"))
app.login("${login}", sys.stdin.readline().strip())
app.xatom("ID", '("name" "Letterbox" "version" "7.1")')
app.select("INBOX", readonly=True)
app.fetch("1:*", "(BODY.PEEK[])")
sys.stdin.read()
app.noop()`;
  return run('python3', ['-c', script], `${secret}\n`);
}

/** msmtp, in the middle of a message. */
function msmtp(login, secret) {
  const file = settings('msmtprc', `account default\nhost localhost\nport ${port('submissions')}\ndomain laptop.example.org\ntls on
tls_starttls off\ntls_trust_file ${portal.ca}\nauth plain\nuser ${login}\npassword "${secret}"\nfrom ${login}\n`);
  return run('msmtp', ['-C', file, '--', login], `Subject: Half\n\n${'A line of it.\n'.repeat(20000)}`);
}

/** curl, in the middle of laying down a file beside the calendars. */
function curl(login, secret) {
  const url = `${portal.endpoints.dav_gateway}${login}/holiday.ics`;
  const file = settings('curlrc', `user = "${login}:${secret}"\n`);
  const args = ['-sS', '--cacert', portal.ca, '--config', file, '--user-agent', 'Wall calendar/2.0', '-T', '-', url];
  return run('curl', args, 'x'.repeat(3 << 20));
}

/** What is shown of each app: its label, and the facts beneath. */
const shown = page => page.locator('.row').evaluateAll(rows => rows.map(row => {
  const facts = [...row.querySelectorAll('dt')].map(dt => [dt.textContent, dt.nextElementSibling.textContent.trim()]);
  return { label: row.querySelector('h2').textContent, ...Object.fromEntries(facts) };
}));

test('real apps are shown with their protocol, name, network, time and data, and can be signed out', async () => {
  const ada = portal.accounts.find(one => one.login.startsWith('ada'));
  const page = await open(portal);
  await signIn(page, { login: ada.login, password: ada.primary_password, seed: ada.totp_secret }, 'Ada');
  await page.goto(`${portal.portal}/connected`);
  const makers = { 'Old phone': fetchmail, Laptop: imaplib, Printer: msmtp, 'Wall calendar': curl };
  const running = {};
  for (const [label, make] of Object.entries(makers)) {
    const key = command(portal, ['app-password', 'create', ada.login, '--label', label]);
    running[label] = make(ada.login, key.app_password);
    await page.getByRole('heading', { level: 2, name: label }).waitFor();
  }
  // What an app calls itself may come after it.
  await page.getByText('Letterbox 7.1').waitFor();
  await page.reload();
  const seen = await shown(page);
  const by = Object.fromEntries(seen.map(one => [one.label, one.By]));
  assert.deepEqual(by, {
    'Old phone': 'An app over IMAP', Laptop: 'Letterbox 7.1 over IMAP', Printer: 'laptop.example.org over SMTP',
    'Wall calendar': 'Wall calendar/2.0 over WebDAV',
  });
  for (const one of seen) {
    assert.equal(one.From, '127.0.0.1', one.label);
    assert.match(one.Data, /^\d+([.,]\d+)? [kM]B from the app, \d+([.,]\d+)? [kM]B to it$/, one.label);
    assert.ok(one.Since, one.label);
  }
  const sent = label => seen.find(one => one.label === label).Data.split(' from the app')[0];
  assert.ok(Number.parseFloat(sent('Printer')) >= 250 && sent('Printer').endsWith('kB'), 'as much as was written');
  assert.ok(Number.parseFloat(sent('Wall calendar')) >= 3 && sent('Wall calendar').endsWith('MB'));
  assert.deepEqual(await look(portal, page.context(), { 'connected-apps': '/connected' }), []);
  for (const [label, left] of [['Printer', 3], ['Wall calendar', 2], ['Laptop', 1]]) {
    await page.getByRole('button', { name: `Sign out ${label}` }).click();
    await page.getByText('The app was signed out.').waitFor();
    assert.equal(await page.locator('.row').count(), left);
    // It may learn of it only when it has something to say.
    running[label].child.stdin.end();
    const { status, said } = await running[label].ended;
    assert.notEqual(status, 0, `${label}: ${said}`);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
