// Small comforts of the portal. Every page works without this file: it only shows what needs it.
"use strict";

const all = (selector) => document.querySelectorAll(selector);
const lang = document.documentElement.lang || undefined;

/* ---- Saying ---- */

// One live region for the whole page, made empty: readers only announce what changes in a region they already know.
const voice = document.createElement("p");
voice.className = "hidden";
voice.setAttribute("role", "status");
document.body.append(voice);

// Emptied first, so that the same words said twice are heard twice.
function announce(words) {
  voice.textContent = "";
  setTimeout(() => { voice.textContent = words; }, 50);
}

// The button's own content and timer, kept while it says something else, so that a second click does not lose it.
const speaking = new WeakMap();

// Two seconds of answer where the eye already is; the drawing stays so that the button does not jump.
function say(button, words) {
  const before = speaking.get(button) || { content: [...button.childNodes] };
  clearTimeout(before.timer);
  const drawing = before.content.filter((node) => node instanceof SVGElement);
  button.replaceChildren(...drawing, words);
  before.timer = setTimeout(() => {
    button.replaceChildren(...before.content);
    speaking.delete(button);
  }, 2000);
  speaking.set(button, before);
  announce(words);
}

/* ---- Copying ---- */

// Rendered text line by line, so that a list of codes keeps its lines and nothing carries white space around.
function plainText(source) {
  const text = source.value ?? source.innerText;
  return text.split("\n").map((line) => line.trim()).filter(Boolean).join("\n");
}

// When the browser refuses, the text is left selected: one key press from copied instead of a dead end.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(plainText(source));
    say(button, button.dataset.copied || button.textContent.trim());
  } catch {
    getSelection().selectAllChildren(source);
  }
}

// Without a clipboard (plain http) the buttons stay away: nothing is offered that cannot be done.
function offerCopies() {
  if (!navigator.clipboard) return;
  for (const button of all("button[data-copy]")) {
    button.addEventListener("click", () => copy(button));
    button.hidden = false;
  }
}

// Printing needs a script as well, so its button is shown by one.
function offerPrint() {
  for (const button of all("button[data-print]")) {
    button.addEventListener("click", () => print());
    button.hidden = false;
  }
}

/* ---- Times ---- */

const exact = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "medium" });
const nearby = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
const counted = new Intl.RelativeTimeFormat(lang, { numeric: "always" });

// Days are counted by the calendar: "yesterday" is wrong for what is 30 hours old but two midnights away.
function daysBetween(then, now) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(then) - midnight(now)) / 864e5);
}

// The largest unit that is not zero; under 45 seconds it is "now", for the page looks again only each minute.
function relative(then, now) {
  const seconds = (then - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return nearby.format(0, "second");
  if (size < 3570) return counted.format(Math.sign(seconds) * Math.max(1, Math.round(size / 60)), "minute");
  if (size < 84600) return counted.format(Math.round(seconds / 3600), "hour");
  const days = daysBetween(then, now);
  if (Math.abs(days) < 31) return nearby.format(days, "day");
  if (Math.abs(days) < 365) return counted.format(Math.round(days / 30.44), "month");
  return counted.format(Math.trunc(days / 365.24) || Math.sign(days), "year");
}

// Written only when it differs, and never spoken: a passing minute is no news in a live list.
function tell(time, now) {
  const then = new Date(time.dateTime);
  if (isNaN(then)) return;
  const words = relative(then, now);
  if (time.textContent === words) return;
  time.setAttribute("aria-live", "off");
  time.title = exact.format(then);
  time.textContent = words;
}

// Asks the page anew each minute, so that times which came in later are told too.
function tellTimes() {
  const now = new Date();
  for (const time of all("time[datetime][data-relative]")) tell(time, now);
}

/* ---- Forms ---- */

const resting = new Set();

// Awake again on coming back, or when the answer never came: a button must not stay dead.
function wake() {
  for (const button of resting) button.disabled = false;
  resting.clear();
}

// After the browser has gathered the form, because a disabled button would not be sent with it.
function rest(form) {
  for (const button of form.elements) {
    if (button.type !== "submit" || button.disabled) continue;
    button.disabled = true;
    resting.add(button);
  }
  setTimeout(wake, 10000);
}

// A double click must not make two app passwords; a form another script sends itself is left alone.
document.addEventListener("submit", (event) => {
  setTimeout(() => { if (!event.defaultPrevented) rest(event.target); });
});

/* ---- Passwords ---- */

// Its own function, as sending a form hides again: browsers remember fields of type text.
function setShown(button, field, shown) {
  field.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", shown);
  if (button.dataset.shown) button.textContent = shown ? button.dataset.shown : button.dataset.hidden;
}

// Long passwords are typed better when they can be seen.
function offerShow() {
  for (const button of all("button[data-show]")) {
    const field = document.getElementById(button.dataset.show);
    if (!field) continue;
    button.addEventListener("click", () => setShown(button, field, field.type === "password"));
    field.form?.addEventListener("submit", () => setShown(button, field, false));
    setShown(button, field, false);
    button.hidden = false;
  }
}

/* ---- Coming back ---- */

// A page kept in memory would show its secret again: hide it at once and ask the server anew, by GET, so that no form is sent twice.
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

offerCopies();
offerPrint();
offerShow();
tellTimes();
setInterval(tellTimes, 60000);
