// Small comforts of the portal: every page works without this file.
"use strict";

const lang = document.documentElement.lang || undefined;

// What needs a script is hidden in the page and shown here, once it can do something.
function offer(selector, act) {
  for (const button of document.querySelectorAll(selector)) {
    button.addEventListener("click", () => act(button));
    button.hidden = false;
  }
}

/* ---- Saying ---- */

// Made empty: readers only announce what changes in a region they already know.
const voice = document.createElement("p");
voice.className = "hidden";
voice.setAttribute("role", "status");
document.body.append(voice);

// Emptied first, so that the same words said twice are heard twice.
function announce(words) {
  voice.textContent = "";
  setTimeout(() => { voice.textContent = words; }, 50);
}

// What a button held before it spoke, so that a second click does not lose it.
const speaking = new WeakMap();

// Two seconds of answer where the eye already is; the drawing stays so that the button does not jump.
function say(button, words) {
  const before = speaking.get(button) || { content: [...button.childNodes] };
  clearTimeout(before.timer);
  button.replaceChildren(...before.content.filter((node) => node instanceof SVGElement), words);
  before.timer = setTimeout(() => {
    button.replaceChildren(...before.content);
    speaking.delete(button);
  }, 2000);
  speaking.set(button, before);
  announce(words);
}

// Line by line, so that a list of codes keeps its lines and nothing carries white space around.
function plainText(source) {
  const lines = (source.value ?? source.innerText).split("\n");
  return lines.map((line) => line.trim()).filter(Boolean).join("\n");
}

// If the browser refuses, the text is left selected: one key press from copied.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(plainText(source));
    say(button, button.dataset.copied || "✓");
  } catch {
    getSelection().selectAllChildren(source);
  }
}

/* ---- Times ---- */

const exact = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "medium" });
const named = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
const counted = new Intl.RelativeTimeFormat(lang);

// By the calendar: "yesterday" is wrong for what is 30 hours old but two midnights away.
function daysBetween(then, now) {
  const midnight = (date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(then) - midnight(now)) / 864e5);
}

// The largest fitting unit; under 45 seconds it is "now", for we look again only each minute.
function relative(then, now) {
  const seconds = (then - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return named.format(0, "second");
  if (size < 3570) return counted.format(Math.sign(seconds) * Math.round(size / 60), "minute");
  if (size < 84600) return counted.format(Math.round(seconds / 3600), "hour");
  const days = daysBetween(then, now);
  if (Math.abs(days) < 31) return named.format(days, "day");
  if (Math.abs(days) < 365) return counted.format(Math.round(days / 30.44), "month");
  return counted.format(Math.trunc(days / 365), "year");
}

// Written only when it differs and never spoken: a passing minute is no news in a live list.
function tell(time, now) {
  const then = new Date(time.dateTime);
  if (isNaN(then)) return;
  const words = relative(then, now);
  time.title = exact.format(then);
  time.setAttribute("aria-live", "off");
  if (time.textContent !== words) time.textContent = words;
}

// Asks the page anew, so that times which came in later are told too.
function tellAll() {
  const now = new Date();
  for (const time of document.querySelectorAll("time[datetime][data-relative]")) tell(time, now);
}

/* ---- Forms ---- */

const resting = new Set();

// On coming back, or when the answer never came: a button must not stay dead.
function wake() {
  for (const button of resting) button.disabled = false;
  resting.clear();
}

// Remembers which it stopped, so that waking frees none the server had disabled.
function rest(form) {
  for (const button of form.elements) {
    if (button.type !== "submit" || button.disabled) continue;
    button.disabled = true;
    resting.add(button);
  }
  setTimeout(wake, 10000);
}

// A double click must not make two. Later, as a disabled button is not sent; what a script sends is left.
addEventListener("submit", (event) => {
  setTimeout(() => { if (!event.defaultPrevented) rest(event.target); });
});

// Apart, as sending hides again too: browsers remember what fields of type text held.
function setShown(button, shown) {
  document.getElementById(button.dataset.show).type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", shown);
  button.dataset.hidden ??= button.textContent;
  if (button.dataset.shown) button.textContent = shown ? button.dataset.shown : button.dataset.hidden;
}

// Long passwords are easier typed when seen.
function toggle(button) {
  setShown(button, button.getAttribute("aria-pressed") !== "true");
}

// Before a form leaves, its passwords are fields of type password again.
addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-show]")) setShown(button, false);
});

/* ---- Coming back ---- */

// A page kept in memory would show its secret again: hide it, ask anew by GET so that no form is sent twice.
function forget() {
  const main = document.querySelector("main[data-secret]");
  if (!main) return;
  main.hidden = true;
  location.replace(location.pathname + location.search);
}

addEventListener("pageshow", (event) => {
  wake();
  if (event.persisted) forget();
});

/* ---- Live ---- */

// A part that the server sends again whenever it has changed; the focus stays where it was, if what had it is still there.
function watch(part) {
  part.closest("[data-live-card]")?.removeAttribute("hidden");
  const events = new EventSource(part.dataset.live);
  events.onmessage = (event) => {
    const held = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = event.data;
    if (held) document.getElementById(held)?.focus();
    tellAll();
  };
  addEventListener("pagehide", () => events.close());
}

for (const part of document.querySelectorAll("[data-live]")) watch(part);

/* ---- Passkeys ---- */

const key = window.PublicKeyCredential;

// What is asked of this portal by a script carries the same hidden field as its forms.
async function ask(form, path, more) {
  const body = new URLSearchParams({ form: form.elements.form.value, ...more });
  const answer = await fetch(path, { method: "POST", body });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

// At most one request may wait: the one that the login field offers ends when the button is pressed.
let waiting;

// Fills the form with a passkey's answer and sends it.
async function send(form, path, fetchKey) {
  waiting?.abort();
  waiting = new AbortController();
  const { challenge, options } = await ask(form, path);
  const credential = await fetchKey(options, waiting.signal);
  form.elements.challenge.value = challenge;
  form.elements.answer.value = JSON.stringify(credential);
  const kind = form.elements.with;
  if (kind) kind.value = "passkey";
  else form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "with", value: "passkey" }));
  form.submit();
}

// Cancelled by the reader or refused by the browser: the page says so and stays as it is.
async function press(button, path, fetchKey) {
  const wrong = button.form.querySelector("[data-passkey-wrong]");
  wrong.hidden = true;
  try {
    await send(button.form, path, fetchKey);
  } catch {
    wrong.hidden = false;
  }
}

const show = (mediation) => (options, signal) =>
  navigator.credentials.get({ publicKey: key.parseRequestOptionsFromJSON(options), mediation, signal });
const make = (options, signal) =>
  navigator.credentials.create({ publicKey: key.parseCreationOptionsFromJSON(options), signal });

// Offered with the login names that the browser knows, before anything is typed.
async function autofill(form) {
  if (!(await key.isConditionalMediationAvailable?.())) return;
  const path = form.querySelector("[data-passkey]").dataset.passkey;
  send(form, path, show("conditional")).catch(() => {});
}

if (key?.parseRequestOptionsFromJSON) {
  offer("[data-passkey]", (button) => press(button, button.dataset.passkey, show()));
  offer("[data-passkey-new]", (button) => {
    if (button.form.reportValidity()) press(button, button.dataset.passkeyNew, make);
  });
  for (const form of document.querySelectorAll("[data-passkey-autofill]")) autofill(form);
}

/* ---- How strong a new password is ---- */

// Said by the server, which knows what others choose; asked once the typing rests.
function measure(scale) {
  const field = document.getElementById(scale.dataset.strength);
  let rest;
  field.addEventListener("input", () => {
    clearTimeout(rest);
    document.getElementById(`${field.id}-wrong`)?.remove();   // it was about another password
    field.removeAttribute("aria-invalid");
    rest = setTimeout(async () => {
      scale.hidden = !field.value;
      if (scale.hidden) return;
      const login = field.form.elements.login?.value ?? "";
      const said = await ask(field.form, "/password-strength", { new: field.value, login }).catch(() => null);
      if (!said) return;
      scale.querySelector("meter").value = said.score;
      scale.querySelector("span").textContent = said.words;
    }, 300);
  });
}

for (const scale of document.querySelectorAll("[data-strength]")) measure(scale);

if (navigator.clipboard) offer("[data-copy]", copy);      // there is none on plain http
offer("[data-print]", () => print());
offer("[data-show]", toggle);
tellAll();
setInterval(tellAll, 60000);
