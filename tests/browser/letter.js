// Letters as a mail program has them: found where the portal lays them, and decoded.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every letter that was written, the oldest first. */
export function letters(portal) {
  const names = readdirSync(portal.letters).filter(name => name.endsWith('.eml')).sort();
  return names.map(name => read(readFileSync(join(portal.letters, name), 'latin1')));
}

/** Waits for a letter to somebody, the newest of those that are meant. */
export async function letterTo(portal, address, isMeant = () => true) {
  for (let tries = 0; tries < 1200; tries++) {
    const found = letters(portal).filter(one => one.to === address && isMeant(one));
    if (found.length) return found.at(-1);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`no such letter to ${address}: ${letters(portal).map(one => `${one.to}: ${one.subject}`).join('; ')}`);
}

/** A letter with both its forms, and the links that it has. */
function read(raw) {
  const { headers, body } = split(raw);
  const [, boundary] = headers['content-type'].match(/boundary="?([^";]+)/);
  const parts = body.split(`--${boundary}`).slice(1, -1).map(part => split(part.replace(/^\r\n/, '')));
  const form = kind => decode(parts.find(part => part.headers['content-type'].startsWith(kind)));
  const [text, html] = [form('text/plain'), form('text/html')];
  return {
    raw, text, html, to: headers.to, subject: words(headers.subject), language: headers['content-language'],
    links: text.match(/https:\/\/\S+/g) ?? [],
  };
}

/** Headers by their names in small letters, and what follows them. */
function split(text) {
  const end = text.indexOf('\r\n\r\n');
  const lines = text.slice(0, end).replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = Object.fromEntries(lines.map(line => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  return { headers, body: text.slice(end + 4) };
}

/** RFC 2045 section 6. */
function decode({ headers, body }) {
  const encoding = (headers['content-transfer-encoding'] ?? '7bit').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding === 'quoted-printable') return bytes(body.replace(/=\r\n/g, ''), /=([0-9A-F]{2})/g);
  return Buffer.from(body, 'latin1').toString();
}

/** RFC 2047: between two encoded words space means nothing. */
function words(text) {
  return text.replace(/(=\?[^?]*\?[^?]*\?[^?]*\?=)\s+(?==\?)/g, '$1').replace(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, run => {
    const each = [...run.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)];
    return Buffer.concat(each.map(([, kind, word]) => (
      kind.toLowerCase() === 'b' ? Buffer.from(word, 'base64') : Buffer.from(bytes(word.replaceAll('_', ' '), /=([0-9A-F]{2})/g))
    ))).toString();
  });
}

/** Text in which bytes stand in hexadecimal. */
function bytes(text, escaped) {
  return Buffer.from(text.replace(escaped, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString();
}
