// A second Valetkey with apps (OAuth) in front of the same Dovecot: `valetkey try` takes no settings, and ends its Dovecot with
// itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { run } from './portal.js';

/** Starts it with a store and a portal of its own; `clients` are those that the postmaster names, in TOML. */
export async function serveBeside(first, clients = []) {
  const home = dirname(first.config);
  const socket = join(home, 'run/second.sock');
  const text = readFileSync(first.config, 'utf8')
    .replace(/^data_dir = .*$/m, `data_dir = ${JSON.stringify(join(home, 'second-data'))}`)
    .replace(/^admin_socket = .*$/m, `admin_socket = ${JSON.stringify(socket)}`)
    .replaceAll(/"unix:(.*)\/([a-z-]+)"/g, '"unix:$1/second-$2"')
    .replaceAll(/^(listen|listen_tls) = \["127\.0\.0\.1:\d+"\]$/gm, '$1 = ["127.0.0.1:0"]');
  const config = join(home, 'second.toml');
  writeFileSync(config, text);
  const [web, mail] = [await freePort(), await freePort()];
  const portal = `https://localhost:${web}`;
  const server = await run(['serve', '--config', config], socket, {
    VALETKEY__PORTAL__ADDRESS: portal,
    VALETKEY__PORTAL__LISTEN_TLS: `["127.0.0.1:${web}"]`,
    VALETKEY__IMAP__LISTEN_TLS: `["127.0.0.1:${mail}"]`,
    VALETKEY__OAUTH__CLIENT: `[${clients.join(', ')}]`,
  });
  return { ...first, config, portal, imaps: { host: 'localhost', port: mail }, stop: server.stop };
}

/** A port that is free now. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** What `fetch` is, trusting the portal's own authority: Node's takes none while it runs. */
export function fetchTrusting(ca) {
  const authority = readFileSync(ca);
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    const request = https.request(url, { method, headers: Object.fromEntries(new Headers(headers)), ca: authority });
    request.end(body === undefined || body === null ? undefined : String(body));
    const [answer] = await once(request, 'response');
    const said = Buffer.concat(await answer.toArray());
    const fields = Object.entries(answer.headersDistinct).flatMap(([name, values]) => values.map(value => [name, value]));
    return new Response(said.length ? said : null, { status: answer.statusCode, headers: fields });
  };
}
