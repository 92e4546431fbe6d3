// The phone's pages, in three parts: one file, for three would be 12 % more to load (docs/adr/0140). See docs/phone-queue.md.

// 1. The un-sent entries of one person: kept and sent.
const user = document.body.dataset.user;
const problem = { now: "" }; // offline, signed-out, other-user

const NAME = `bbt-${user}`;
const STORES = ["entries", "photos", "bytes", "meta"];
const SHORT = 20e3, LONG = 90e3, WEEK = 7 * 86400e3; // ms

const result = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
  });

let opened;
function database() {
  const request = indexedDB.open(NAME);
  request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name, { keyPath: "uid" }));
  return result(request);
}

// One transaction, back when it is on the disk.
export async function change(work, mode = "readwrite") {
  const transaction = (await (opened ||= database())).transaction(STORES, mode, { durability: "strict" });
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = reject;
  });
  const given = await work((name) => transaction.objectStore(name));
  await finished;
  return given;
}

const rows = (name) => change((open) => result(open(name).getAll()), "readonly");
const entries = async () => (await rows("entries")).sort((a, b) => (a.made_at < b.made_at ? -1 : 1));

const mend = (name, how) =>
  change(async (open) => {
    for (const row of await result(open(name).getAll())) {
      const columns = how(row);
      if (columns) open(name).put({ ...row, ...columns });
    }
  });

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

export const uuid = () =>
  hex(crypto.getRandomValues(new Uint8Array(16))).replace(/(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-8$4-");

// Sorted keys, no spaces: the server hashes the same text.
export const canonical = (uid, kind, fields) => JSON.stringify({ fields, kind, uid }, ["fields", ...Object.keys(fields).sort(), "kind", "uid"]);

let csrf, running, again, failed, rounds = 0, pause = 0;

// 5 s, 10 s … 15 min, ± half
const wait = (tries) => Math.min(900e3, 5e3 * 2 ** tries) * (0.5 + Math.random());

// Status 0: time-out, redirect, no JSON.
async function ask(url, limit, options) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), limit);
  let status = 0, data = {}, after = 0;
  try {
    const answer = await fetch(url, { redirect: "manual", cache: "no-store", signal: control.signal, ...options });
    const text = await answer.text();
    if (answer.status > 400) ({ status } = answer);
    after = 1e3 * answer.headers.get("Retry-After") || 0;
    data = JSON.parse(text);
    ({ status } = answer);
  } catch {}
  clearTimeout(timer);
  return { status, data, after };
}

// Success is the server's echo alone.
function verdict({ status, data }, row, digest) {
  if (!status) return "stop";
  if (status === 401 || status === 403) return "refused";
  if (data.uid !== row.uid) return "later";
  if (status < 202 && data[digest] === row[digest]) return "stored";
  return { 409: "conflict", 400: "quarantined", 422: "quarantined" }[status] === data.state ? data.state : "later";
}

const tidy = (epoch) =>
  change(async (open) => {
    const [known, all, photos] = await Promise.all([open("meta").get("epoch"), open("entries").getAll(), open("photos").getAll()].map(result));
    for (const entry of all.filter((one) => one.state !== "waiting")) {
      if (Date.now() - entry.done_at > WEEK && !photos.some((photo) => photo.entry === entry.uid)) open("entries").delete(entry.uid);
      else if (epoch && known && known.value !== epoch) open("entries").put({ ...entry, state: "waiting", again: true });
    }
    if (epoch) open("meta").put({ uid: "epoch", value: epoch });
    return known?.value;
  });

async function session() {
  const { data } = await ask("/m/session/", SHORT);
  csrf = data.csrf;
  problem.back = csrf;
  problem.now = !csrf ? "offline" : !data.user ? "signed-out" : `${data.user}` === user ? "" : "other-user";
  if (!problem.now) await tidy(data.epoch);
  return !problem.now;
}

const post = (url, limit, body) => ask(url, limit, { method: "POST", body, headers: { "X-CSRFToken": csrf } });

const sendEntry = ({ uid, kind, fields, made_at }) =>
  post("/m/submit/", SHORT, new Blob([JSON.stringify({ uid, kind, fields, made_at })], { type: "application/json" }));

async function sendPhoto({ uid, entry, sha256, type }) {
  const form = new FormData();
  Object.entries({ uid, entry, sha256 }).forEach((pair) => form.append(...pair));
  const { bytes } = await change((open) => result(open("bytes").get(uid)));
  form.append("file", new Blob([bytes], { type }), "photo");
  return post("/m/photo/", LONG, form);
}

async function next() {
  const due = (row) => row.state === "waiting" && row.next_at <= Date.now();
  const all = await entries();
  const entry = all.find(due);
  if (entry) return ["entries", entry, sendEntry, "hash"];
  const photo = (await rows("photos")).find((row) => due(row) && all.some((one) => one.uid === row.entry && one.state !== "waiting"));
  return photo && ["photos", photo, sendPhoto, "sha256"];
}

async function sendOne(name, row, send, digest) {
  let answer, meaning, there;
  await mend(name, ({ uid }) => uid === row.uid && (there = { sent: 1 }));
  if (!there) return true; // undone meanwhile
  for (const last of [false, true]) {
    answer = await send(row);
    meaning = verdict(answer, row, digest);
    if (meaning !== "refused") break;
    if (last) problem.now = "signed-out";
    else if (!(await session())) return false;
  }
  if (meaning === "stop") return !(problem.now = "offline");
  const later = /refused|later/.test(meaning);
  if (meaning === "stored" && name === "photos") {
    await change((open) => ["photos", "bytes"].forEach((one) => open(one).delete(row.uid)));
  } else {
    const columns = later
      ? { tries: row.tries + 1, next_at: Date.now() + Math.max(answer.after, wait(row.tries)) }
      : { state: meaning, done_at: Date.now(), message: answer.data.message };
    await mend(name, ({ uid }) => uid === row.uid && columns);
  }
  failed += later;
  return failed < 3;
}

async function round() {
  failed = 0;
  const known = await tidy();
  if ((known === document.body.dataset.epoch && !keptAt() && !(await next())) || !(await session())) return;
  for (let job = await next(); job; job = await next()) {
    if (!(await sendOne(...job))) return;
    changed();
  }
}

// One page at a time; past one that sleeps with the lock, and without locks: sent twice is stored once.
async function alone() {
  if (!navigator.locks) return round();
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), LONG);
  return navigator.locks
    .request(NAME, { signal: control.signal }, () => clearTimeout(timer) || round())
    .catch((trouble) => trouble.name === "AbortError" && round());
}

const changed = () => dispatchEvent(new Event("queue"));

function flush(now) {
  if (running) again ||= now;
  else if (now || Date.now() >= pause) {
    running = alone().finally(() => {
      rounds = problem.now === "offline" ? rounds + 1 : 0;
      pause = rounds && Date.now() + wait(rounds);
      running = null;
      changed();
      if (again) flush(!(again = false));
    });
  }
  return running;
}

// 2. Pages kept for where there is no signal.
const PAGES = `m-${user}`, FRESH = 4 * 3600e3; // ms
const html = document.documentElement;
const keptAt = () => html.dataset.kept;

const isOurs = (text) => text.includes('id="waiting"') && text.includes(`data-user="${user}"`);

const put = (cache, path, text) =>
  cache.put(path, new Response(text.replace("<html", `<html data-kept="${new Date().toISOString()}"`), { headers: { "Content-Type": "text/html; charset=utf-8" } }));

async function read(path) {
  const answer = await fetch(path, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout?.(8e3) });
  const text = await answer.text();
  return answer.ok && isOurs(text) && text;
}

async function forget(mine) {
  for (const name of await caches.keys()) {
    if (/^m-\d/.test(name) && name !== mine) await caches.delete(name);
  }
}

const source = `<!DOCTYPE html>${html.outerHTML}`; // before anything is changed

async function keep() {
  if (keptAt() || location.pathname !== "/m/" || !isOurs(source)) return;
  await forget(PAGES);
  const cache = await caches.open(PAGES);
  await put(cache, "/m/", source);
  const paths = [...document.querySelectorAll("a[data-keep]")].map((link) => link.pathname);
  for (const { url } of await cache.keys()) {
    if (!["/m/", ...paths].includes(new URL(url).pathname)) await cache.delete(url);
  }
  const shell = await caches.open("m-shell");
  for (const { name } of performance.getEntriesByType("resource")) {
    if (name.includes("/static/") && !(await shell.match(name))) await shell.add(name);
  }
  for (const path of paths) {
    const held = await cache.match(path);
    const made = held && /data-kept="([^"]+)/.exec(await held.text())[1];
    const text = (!made || Date.now() - Date.parse(made) > FRESH) && (await read(path));
    if (text) await put(cache, path, text);
  }
}

async function show(path) {
  const held = await (await caches.open(PAGES)).match(path);
  if (!held) return false;
  problem.back = 0;
  const fresh = new DOMParser().parseFromString(await held.text(), "text/html");
  html.dataset.kept = fresh.documentElement.dataset.kept;
  document.title = fresh.title;
  document.body.replaceWith(fresh.body);
  scrollTo(0, 0);
  dispatchEvent(new Event("shown"));
  return true;
}

const lineDown = () => !navigator.serviceWorker?.controller && (!navigator.onLine || problem.now === "offline");

async function go(path) {
  if (!lineDown() || (navigator.onLine && (await read(path).catch(() => "")))) location.assign(path);
  else if (await show(path)) history.pushState(null, "", path);
  else dispatchEvent(new Event("nopage"));
}

addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='/m/']");
  if (!link || !lineDown()) return;
  event.preventDefault();
  go(link.pathname);
});
addEventListener("popstate", () => show(location.pathname));

// 3. What a person sees and does.
const WHAT = JSON.parse(document.body.dataset.kinds || "{}");
const WHY = { "": "", offline: "，有信号时自动发送", "signed-out": "，请重新登录", "other-user": "，请用原来的账号登录" };
const STATE = { waiting: "等待发送", stored: "已发送", conflict: "和先前的不一样，两份都留着，由社区办核对", quarantined: "要由社区办核对" };
const UNDO = 120e3; // ms
const WAITING = { state: "waiting", tries: 0, next_at: 0 };

const make = (tag, textContent, columns) => Object.assign(document.createElement(tag), { textContent, ...columns });
const all = (selector) => document.querySelectorAll(selector);
const one = (selector) => document.querySelector(selector);

function age(made) {
  const minutes = ((Date.now() - Date.parse(made)) / 60e3) | 0;
  if (minutes < 60) return minutes < 1 ? "刚才" : `${minutes} 分钟前`;
  return minutes < 1440 ? `${(minutes / 60) | 0} 小时前` : `${(minutes / 1440) | 0} 天前`;
}

async function waitingText() {
  const waits = (row) => row.state === "waiting" && !row.again;
  const kinds = (await entries()).filter(waits).map((row) => row.kind);
  const photos = (await rows("photos")).filter(waits).length;
  if (!kinds.length) return photos && `有 ${photos} 张照片等待发送`;
  return `有 ${kinds.length} 条${(new Set(kinds).size === 1 && WHAT[kinds[0]]) || "记录"}等待发送`;
}

async function sentence(extra) {
  const bar = one("#waiting");
  const waiting = await waitingText();
  const text = [waiting && waiting + WHY[problem.now], extra, keptAt() && (problem.back ? "有信号了" : `没有信号，这是${age(keptAt())}的内容`)].filter(Boolean).join("。");
  if (bar.dataset.text === text) return; // said once
  bar.dataset.text = bar.textContent = text;
  bar.hidden = !text;
  if (waiting && /-/.test(problem.now)) bar.append(" ", make("a", "去登录", { href: document.body.dataset.signIn }));
  else if (keptAt() && problem.back) bar.append(" ", make("a", "看最新的", { href: location.pathname }));
}

async function list() {
  const leaving = one("[data-sign-out-unsent]");
  const waiting = leaving && (await waitingText());
  if (waiting) Object.assign(leaving, { hidden: false, textContent: `${waiting}。退出以后会留在这部手机上，下次由您登录再发送。` });
  const section = one("#unsent");
  if (!section) return;
  const photos = await rows("photos");
  const told = ({ state, message }) => STATE[state] + (message ? `：${message}` : "");
  const items = (await entries()).flatMap((row) => {
    const own = photos.filter((photo) => photo.entry === row.uid).map((photo) => `照片${told(photo)}`);
    if (row.state === "stored" && !own.length) return [];
    return make("li", [`${WHAT[row.kind] || ""} ${row.label}`, age(row.made_at), told(row), ...own].join("，"));
  });
  const ul = make("ul", "", { className: "rows" });
  ul.append(...items);
  const now = () => Promise.all(["entries", "photos"].map((name) => mend(name, () => ({ next_at: 0 })))).then(() => flush(true));
  const button = make("button", "现在发送", { type: "button", className: "button wide", onclick: now });
  section.hidden = !items.length;
  section.replaceChildren(make("h2", "还没有发送的"), ul, button);
}

// What a copy of 今日 cannot know yet.
async function mark() {
  for (const { page, kind, state, fields } of await entries()) {
    if (state !== "waiting") continue;
    for (const link of all(`main a[href="${page}"][data-keep]`)) if (kind === "visit") link.textContent = "✓ 已记，等待发送";
    for (const form of all("form[data-queue]")) {
      if (kind !== "arrival" || fieldsOf(form).fields.incident !== fields.incident) continue;
      Object.assign(form.querySelector("button"), { textContent: "✓ 已记到场，等待发送", disabled: true });
    }
  }
}

async function offer() {
  const bar = one("#undo");
  if (!bar) return;
  const last = (await entries()).filter((row) => Date.now() - Date.parse(row.made_at) < UNDO).pop();
  bar.hidden = !last || !/^(visit(request)?|undo)$/.test(last.kind + (last.fields.help || ""));
  if (bar.hidden || bar.dataset.uid === last.uid) return;
  bar.dataset.uid = last.uid;
  bar.replaceChildren(`${last.kind === "undo" ? "已撤销" : "✓ 已记下"} ${last.label} `);
  if (last.kind !== "undo") bar.append(make("button", "撤销", { className: "button", onclick: () => undo(last) }));
}

async function undo({ uid, label, hash }) {
  const row = { uid: uuid(), kind: "undo", fields: { entry: uid, hash }, label, made_at: new Date().toISOString(), ...WAITING };
  row.hash = await digest(row);
  await change(async (open) => {
    const { sent } = await result(open("entries").get(uid));
    const photos = await result(open("photos").getAll());
    for (const photo of photos) photo.entry === uid && ["photos", "bytes"].forEach((name) => open(name).delete(photo.uid));
    open("entries").delete(uid);
    open("entries").put(sent ? row : { ...row, state: "stored", done_at: Date.now() });
  });
  changed();
  await soon();
  go("/m/");
}

const redraw = (extra) => Promise.all([sentence(extra), list(), mark(), offer()]);

const plainly = (form) => HTMLFormElement.prototype.submit.call(form);
let ready;

async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const { width, height } = picture;
  const scale = Math.min(1, 1600 / Math.max(width, height));
  const canvas = make("canvas", "", { width: width * scale, height: height * scale });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  return made.size < file.size ? made : file;
}

// Bytes: some browsers lose Blobs.
async function photoOf(file) {
  const kept = await shrunk(file).catch(() => file);
  const bytes = await kept.arrayBuffer();
  return { uid: uuid(), sha256: await sha256(bytes), type: kept.type, bytes };
}

function fieldsOf(form) {
  const fields = {}, files = [];
  for (const [name, value] of new FormData(form)) {
    if (value instanceof File) value.size && files.push(value);
    else if (!/^(csrfmiddlewaretoken|uid|kind)$/.test(name)) fields[name] = name in fields ? [fields[name], value].flat() : value;
  }
  return { fields, files };
}

const digest = ({ uid, kind, fields }) => sha256(new TextEncoder().encode(canonical(uid, kind, fields)));
const soon = () => Promise.race([flush(true), new Promise((resolve) => setTimeout(resolve, navigator.onLine ? 3e3 : 200))]);

async function take(form) {
  const { fields, files } = fieldsOf(form);
  const [uid, kind] = [form.elements.uid.value, form.elements.kind.value];
  const hash = await digest({ uid, kind, fields });
  const photos = await Promise.all(files.map(photoOf));
  const added = await change(async (open) => {
    const known = await result(open("entries").get(uid));
    if (known) return known.hash === hash; // a second tap
    open("entries").put({ uid, kind, fields, hash, label: form.dataset.label || "", made_at: new Date().toISOString(), page: location.pathname, ...WAITING });
    for (const { bytes, ...photo } of photos) {
      open("photos").put({ ...photo, entry: uid, ...WAITING });
      open("bytes").put({ uid: photo.uid, bytes });
    }
    return true;
  });
  if (added) return;
  form.elements.uid.value = uuid();
  await take(form);
}

async function save(form) {
  if (form.dataset.busy) return;
  form.dataset.busy = 1;
  try {
    await take(form);
  } catch {
    return plainly(form);
  }
  navigator.storage?.persist?.();
  changed();
  await soon();
  return go(form.dataset.next || "/m/");
}

async function leave(form) {
  await forget();
  plainly(form);
}

async function start() {
  const used = (await entries()).map((row) => row.uid);
  for (const form of all("form[data-queue]")) {
    delete form.dataset.busy;
    const { uid } = form.elements;
    if (keptAt() || used.includes(uid.value)) uid.value = uuid();
  }
  await redraw();
  await flush();
  if (/-/.test(problem.now)) await forget();
  else if (!problem.now) await keep();
}

addEventListener("submit", (event) => {
  const { queue, signOut } = event.target.dataset;
  if (!ready || (queue ?? signOut) === undefined) return;
  event.preventDefault();
  (queue === undefined ? leave : save)(event.target);
});

addEventListener("input", ({ target }) => {
  if (target.closest("[data-find]")) for (const row of all("[data-row]")) row.hidden = !row.textContent.includes(target.value.trim());
});

addEventListener("change", ({ target }) => {
  for (const other of target.checked ? all(`[data-topic="${target.dataset.topic}"]`) : []) other.checked = other === target;
});

async function begin() {
  for (const box of all("[data-find]")) box.hidden = false;
  if (!user || !crypto.subtle) return;
  await entries();
  ready = true;
  const again = () => start().catch(() => {});
  addEventListener("queue", () => redraw());
  addEventListener("shown", again);
  addEventListener("nopage", () => redraw("没有信号，这一页还打不开"));
  addEventListener("pageshow", (event) => event.persisted && again());
  addEventListener("online", () => flush(true));
  document.addEventListener("visibilitychange", () => document.hidden || flush());
  setInterval(() => flush(), 30e3);
  navigator.serviceWorker?.register("/m/sw.js").catch(() => {});
  await start();
}
begin().catch(() => {});
