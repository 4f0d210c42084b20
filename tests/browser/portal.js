// A portal to test: `valetkey try` with its sample servers, people made by its commands, and Debian's Chromium.
import { spawn, execFileSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import net from 'node:net';
import tls from 'node:tls';
import { chromium } from 'playwright-core';

const program = process.env.VALETKEY ?? new URL('../../target/debug/valetkey', import.meta.url).pathname;
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * Starts everything; `stop` ends it. With `registration` everybody may make an account, with `oauth` apps are let in, and with
 * `loginFlow` they get app passwords by a page; with `apart` paths tell calendars from contacts; then no sample server runs.
 * `sections` stand at the end of the configuration, `more` are further settings, as the environment has them. With `asking` there
 * is a Dovecot that asks by itself, and is told when somebody is signed out.
 */
export async function start(
  { registration = false, asking = false, oauth = false, loginFlow = false, apart = false, sections = '', more = {} } = {},
) {
  const dir = mkdtempSync(join(tmpdir(), 'valetkey-browser-'));
  // Not in the sample servers' way: they do not run as root.
  execFileSync('chmod', ['711', dir]);
  const home = join(dir, 'try');
  const description = join(home, 'try.json');
  let server = await run(['try', '--dir', home, ...(asking ? ['--asking'] : [])], description);
  const described = JSON.parse(readFileSync(description, 'utf8'));
  if (registration || oauth || loginFlow || apart || sections) {
    // `try` takes no settings: what it has made is served once more, with them.
    await server.stop();
    rmSync(described.admin_socket, { force: true });
    const listen = new URL(described.endpoints.forward_auth).host;
    const settings = { VALETKEY__PORTAL__REGISTRATION: String(registration), VALETKEY__HTTP__LISTEN: JSON.stringify([listen]) };
    if (oauth) settings.VALETKEY__OAUTH__REGISTRATION = 'true';
    if (loginFlow) Object.assign(settings, { VALETKEY__PORTAL__LOGIN_FLOW: 'true', VALETKEY__PORTAL__DAV: 'https://dav.example.org/' });
    appendFileSync(described.config, sections);
    Object.assign(settings, more);
    if (apart) Object.assign(settings, { VALETKEY__DAV__CALENDARS: 'calendars', VALETKEY__DAV__CONTACTS: 'contacts' });
    server = await run(['serve', '--config', described.config], described.admin_socket, settings);
  }
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  const stop = async () => {
    await browser.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { ...described, browser, stop };
}

/** Runs the program until `stop`; it is ready when it has made a file. */
export async function run(args, made, settings = {}) {
  const server = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...settings } });
  const ended = new Promise(resolve => server.once('exit', resolve));
  for (let tries = 0; !existsSync(made); tries++) {
    if (server.exitCode !== null || tries > 600) throw new Error(`valetkey ${args[0]} does not start`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return { stop: () => { server.kill('SIGTERM'); return ended; } };
}

/** Runs a command of the program, and gives what it prints as JSON. */
export function command(portal, args, input = '') {
  const out = execFileSync(program, ['--config', portal.config, ...args, '--json'], { input, encoding: 'utf8' });
  return JSON.parse(out);
}

/** Asks the portal as an app does, with `fetch` as it is built in, but trusting the portal's own authority. */
export function asApp(portal) {
  return (url, { method = 'GET', headers = {}, body } = {}) => new Promise((resolve, reject) => {
    const asked = https.request(url, { method, headers: Object.fromEntries(new Headers(headers)), ca: readFileSync(portal.ca) });
    asked.once('error', reject);
    asked.once('response', async answer => {
      const bytes = Buffer.concat(await answer.toArray());
      resolve(new Response(bytes, { status: answer.statusCode, headers: answer.headers }));
    });
    asked.end(body === undefined || body === null ? undefined : String(body));
  });
}

/** A person of their own, so that no test uses up another's codes. */
export function person(portal, { factor = true, address } = {}) {
  const login = `p${randomBytes(6).toString('hex')}@example.org`;
  const password = `their own ${randomBytes(8).toString('hex')}`;
  const notices = address ? ['--notice-address', address] : [];
  command(portal, ['account', 'create', login, '--name', 'Grace', '--password-stdin', ...notices], `${password}\n`);
  if (!factor) return { login, password };
  const enrolled = command(portal, ['account', 'enrol-totp', login]);
  return { login, password, seed: enrolled.totp_secret, recovery: enrolled.recovery_codes };
}

/** The code that an authenticator app shows now, or so many steps later (RFC 6238). */
export function code(seed, step = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...seed].map(c => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map(byte => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + step));
  const digest = createHmac('sha1', key).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** A browser window of somebody's own. What it complains of is collected in `page.complaints`. */
export async function open(portal, options = {}) {
  const context = await portal.browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', message => { if (message.type() === 'error') page.complaints.push(message.text()); });
  page.on('pageerror', error => page.complaints.push(String(error)));
  await page.goto(portal.portal);
  return page;
}

/** Types login name and password. */
export async function showPassword(page, { login, password }) {
  await page.getByLabel('Login name').fill(login);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Your password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Signs in with both factors. */
export async function signIn(page, who, name = 'Grace') {
  await showPassword(page, who);
  await page.getByLabel('Code from the app').fill(code(who.seed, who.later)); // a code is good once
  await page.getByRole('button', { name: 'Continue' }).click();
  if (name) await page.getByRole('heading', { level: 1, name: `Hello, ${name}` }).waitFor();
}

/** A security key or phone that the browser believes in, with a finger always on it. */
export async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    leave: () => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: false }),
    come: () => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: true }),
    mistake: () => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false }),
    keys: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

/** Makes a passkey on the page that adds one. */
export async function addPasskey(page, name) {
  await page.getByLabel('A name for it').fill(name);
  await page.getByRole('button', { name: 'Make the passkey' }).click();
}

/** Makes an app password, and gives its secret. */
export async function makeAppPassword(page, portal, label) {
  await page.goto(`${portal.portal}/app-passwords/new`);
  await page.getByLabel('What is it for?').fill(label);
  await page.getByRole('button', { name: 'Make the app password' }).click();
  await page.getByRole('heading', { level: 1, name: 'Your new app password' }).waitFor();
  return (await page.locator('#secret').textContent()).trim();
}

/** Reads the first message as a mail app would; whether it was let in. Only the sample accounts have a mailbox. */
export function readMail(portal, login, secret) {
  const port = portal.endpoints.imaps.split(':').pop();
  return readMailAt(portal, `imaps://localhost:${port}`, login, secret);
}

/** The same at the Dovecot that asks. */
export function readMailElsewhere(portal, login, secret) {
  return readMailAt(portal, `imap://${portal.endpoints.imap_asking}`, login, secret);
}

function readMailAt(portal, server, login, secret) {
  const user = ['-sS', '--cacert', portal.ca, '--config', '-'];
  try {
    execFileSync('curl', [...user, `${server}/INBOX;UID=1`], asking(login, secret));
    return true;
  } catch (refused) {
    if (refused.status === 67) return false; // curl's code for a login that was denied
    throw refused;
  }
}

/** Whether the server would let an app in, asked as a web server asks. */
export function isLetIn(portal, login, secret) {
  const answer = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--config', '-', portal.endpoints.forward_auth];
  const status = execFileSync('curl', answer, asking(login, secret)).toString();
  if (!['200', '401'].includes(status)) throw new Error(`the server answered ${status}`);
  return status === '200';
}

/** Passwords are no arguments. */
function asking(login, secret) {
  return { input: `user = "${login}:${secret}"\n`, stdio: ['pipe', 'pipe', 'pipe'] };
}

/** A mail app that waits for mail; `closed` gives what it was told until the end. */
export function idle(portal, login, secret) {
  const port = Number(portal.endpoints.imaps.split(':').pop());
  return idleOn(tls.connect({ host: 'localhost', port, ca: readFileSync(portal.ca) }), `LOGIN ${login} ${secret}`);
}

/** The same at the Dovecot that asks. */
export function idleElsewhere(portal, login, secret) {
  const [host, port] = portal.endpoints.imap_asking.split(':');
  return idleOn(net.connect({ host, port: Number(port) }), `LOGIN ${login} ${secret}`);
}

/** The same with an access token, at one that was started by `serveBeside`. */
export function idleWithToken(portal, login, token) {
  const message = Buffer.from(`user=${login}\x01auth=Bearer ${token}\x01\x01`).toString('base64');
  return idleOn(tls.connect({ ...portal.imaps, ca: readFileSync(portal.ca) }), `AUTHENTICATE XOAUTH2 ${message}`);
}

async function idleOn(socket, signIn) {
  let said = '';
  const closed = new Promise(resolve => socket.once('close', () => resolve(said)));
  const until = text => new Promise((resolve, reject) => {
    const look = () => { if (said.includes(text)) resolve(); };
    socket.on('data', look);
    socket.once('close', () => reject(new Error(`closed before ${text}: ${said}`)));
    look();
  });
  socket.on('data', bytes => { said += bytes; });
  socket.on('error', () => {}); // it is seen by its end
  socket.write(`a ${signIn}\r\nb SELECT INBOX\r\nc IDLE\r\n`);
  await until('\r\n+ ');
  return { closed, leave: () => socket.destroy() };
}
