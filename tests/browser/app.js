// An app that is let in with the account (OAuth), on the machine of its user.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import https from 'node:https';

/** What it asks for. */
export const scope = 'offline_access urn:ietf:params:oauth:scope:mail urn:ietf:params:oauth:scope:calendars';

/** Asks the portal as an app does: JSON, or a form. */
async function ask(portal, path, body) {
  const isForm = body instanceof URLSearchParams;
  const headers = { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' };
  const asked = https.request(portal.portal + path, { method: 'POST', headers, ca: readFileSync(portal.ca) });
  asked.end(isForm ? body.toString() : JSON.stringify(body));
  const [answer] = await once(asked, 'response');
  const text = (await answer.toArray()).join('');
  return { status: answer.statusCode, ...JSON.parse(text) };
}

/** The id of an app that registers itself. */
export async function registered(portal, name, redirect) {
  const { client_id: id, status } = await ask(portal, '/oauth/register', { client_name: name, redirect_uris: [redirect] });
  assert.equal(status, 201);
  return id;
}

/** An app that listens for its user to come back; one that registers itself, unless it is `named`, with an id and a secret. */
export async function app(portal, name, named) {
  const came = [];
  const server = createServer((request, response) => {
    came.push(new URL(request.url, 'http://127.0.0.1'));
    response.end('<!doctype html><title>Done</title><h1>You may close this window</h1>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const redirect = `http://127.0.0.1:${server.address().port}/done`;
  const id = named?.id ?? await registered(portal, name, 'http://127.0.0.1/done');
  const verifier = randomBytes(32).toString('base64url');
  const question = {
    response_type: 'code', client_id: id, redirect_uri: redirect, scope, state: 'a b',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
  };
  const exchange = got => ask(portal, '/oauth/token', new URLSearchParams({
    grant_type: 'authorization_code', code: got, redirect_uri: redirect, code_verifier: verifier, client_id: id,
    ...(named ? { client_secret: named.secret } : {}),
  }));
  const back = () => came.filter(url => url.pathname === '/done').at(-1)?.searchParams;
  return { path: `/oauth/authorize?${new URLSearchParams(question)}`, exchange, back, stop: () => server.close() };
}
