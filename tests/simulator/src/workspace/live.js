// Keeps a page up to date, and sends its forms without leaving it. Everything works without this, after a reload.
// What somebody is typing, has opened or has the focus on stays.
"use strict";

const LIVE = "[data-live][id]";
const ANSWER = "[data-live][id], [data-answer][id]";

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && (node.id || node.dataset.key)) || null;

// Makes `old` what `fresh` is, and leaves every element that stays where it is.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.data = fresh.data;
    return;
  }
  // What people do to these isn't in the page that was sent.
  const untouched = "defaultValue" in old && old.value === old.defaultValue && old !== document.activeElement;
  const unticked = old.checked === old.defaultChecked;
  const kept = ["open", "value", "checked", "selected"];
  for (const { name, value } of fresh.attributes) {
    if (!kept.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!kept.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  if (old.nodeName === "INPUT" || old.nodeName === "TEXTAREA") {
    if (untouched && old.defaultValue !== fresh.defaultValue) old.value = old.defaultValue = fresh.defaultValue;
    if (unticked) old.checked = old.defaultChecked = fresh.defaultChecked;
    return;
  }
  const chosen = old.nodeName === "SELECT" ? old.value : null;
  morphChildren(old, fresh);
  if (chosen !== null) old.value = chosen;
}

// The next node of the same kind, past those without a key, which are gone then.
function likeIt(next, child) {
  while (next && !keyOf(next) && next.nodeName !== child.nodeName) next = next.nextSibling;
  return next && !keyOf(next) ? next : null;
}

function morphChildren(old, fresh) {
  const keyed = new Map([...old.children].map((child) => [keyOf(child), child]));
  const staying = new Set([...fresh.children].map(keyOf));
  let next = old.firstChild;
  const drop = (node) => {
    next = node.nextSibling;
    node.remove();
  };
  for (const child of [...fresh.childNodes]) {
    while (next && keyOf(next) && !staying.has(keyOf(next))) drop(next);
    const key = keyOf(child);
    const candidate = key ? keyed.get(key) : likeIt(next, child);
    while (!key && candidate && candidate !== next) drop(next);
    if (candidate?.nodeName !== child.nodeName) {
      old.insertBefore(child, next);
      continue;
    }
    if (candidate === next) next = next.nextSibling;
    else old.insertBefore(candidate, next);
    morph(candidate, child);
  }
  while (next) drop(next);
}

// Times as the reader's clock shows them; the exact one stays in the title.
function localise(root) {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll("time.clock")) {
    const at = new Date(time.dateTime);
    const day = at.toDateString() === today ? "" : at.toLocaleDateString("en-GB", { day: "numeric", month: "short" }) + " ";
    time.textContent = day + at.toLocaleTimeString("en-GB");
  }
}

function takeOver(next, parts) {
  localise(next);
  const focused = document.activeElement;
  for (const old of document.querySelectorAll(parts)) {
    const fresh = next.getElementById(old.id);
    if (!fresh) continue;
    const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 40;
    morph(old, fresh);
    if (old.dataset.live === "log" && atEnd) old.scrollTop = old.scrollHeight;
  }
  // Something that was moved has lost it.
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}

const parse = async (response) => new DOMParser().parseFromString(await response.text(), "text/html");
const here = (page) => page.getElementById("here")?.dataset.here;

// The page that came of a form may stand under the form's address: this is the one to ask for again.
function settleAddress(page) {
  const address = here(page);
  if (address && address !== location.pathname + location.search) history.replaceState(null, "", address + location.hash);
}

const status = document.getElementById("live-status");
function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

async function refresh() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (response.ok) takeOver(await parse(response), LIVE);
}

let asked = false;
let busy = false;
let timer;
async function changed() {
  asked = true;
  if (busy) return;
  busy = true;
  while (asked) {
    asked = false;
    await refresh().catch(() => {});
  }
  busy = false;
  waitAWhile();
}

// Where something is under way that the server isn't told of.
function waitAWhile() {
  clearTimeout(timer);
  const waits = [...document.querySelectorAll("[data-live-every]")].map((part) => Number(part.dataset.liveEvery));
  if (waits.length && !document.hidden) timer = setTimeout(changed, Math.min(...waits));
}

// Only while somebody looks: a browser has few connections for all its tabs.
let source;
function connect() {
  if (document.hidden) {
    clearTimeout(timer);
    source?.close();
    source = null;
    return;
  }
  if (source) return;
  source = new EventSource("/workspace/changes");
  source.addEventListener("open", () => say(""));
  // The first event comes at once: what happened while nobody listened is not missed.
  source.addEventListener("changed", changed);
  source.addEventListener("error", () => say("The simulator does not answer: this page is not up to date."));
}

// Sends a form and stays: other forms keep what is typed in them, and the focus stays.
async function send(form, button) {
  if (form.dataset.sending) return;
  form.dataset.sending = "true";
  const fields = new FormData(form, button);
  const written = [...form.elements].filter((field) => "defaultValue" in field && field.type !== "hidden" && !("stays" in field.dataset));
  const values = written.map((field) => field.value);
  try {
    const action = button?.getAttribute("formaction") ?? form.action;
    const response = await fetch(action, { method: "POST", body: new URLSearchParams(fields), headers: { accept: "text/html" } });
    const page = await parse(response);
    if (!here(page)) {
      location.reload();
      return;
    }
    settleAddress(page);
    if (response.ok && !button?.hasAttribute("formaction")) {
      written.forEach((field, at) => {
        if (field.value === values[at]) field.value = "";
      });
    }
    takeOver(page, ANSWER);
    if (response.ok) toEnd();
    waitAWhile();
  } catch {
    say("The simulator does not answer: nothing was sent.");
  } finally {
    delete form.dataset.sending;
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-act]")) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !field.matches?.("textarea[data-send]")) return;
  event.preventDefault();
  field.form.requestSubmit();
});

function toEnd() {
  for (const log of document.querySelectorAll('[data-live="log"]')) log.scrollTop = log.scrollHeight;
}

settleAddress(document);
localise(document);
toEnd();
for (const hint of document.querySelectorAll(".with-script")) hint.hidden = false;
document.addEventListener("visibilitychange", connect);
connect();
waitAWhile();
