// The un-sent entries of one person. See docs/phone-queue.md.
export const user = document.body.dataset.user;
export const problem = { now: "" }; // offline, signed-out, other-user

const NAME = `bbt-${user}`;
const STORES = ["entries", "photos", "bytes", "meta"];
const SHORT = 20e3, LONG = 90e3, WEEK = 7 * 86400e3; // ms

export const result = (request) =>
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

export const rows = (name) => change((open) => result(open(name).getAll()), "readonly");
export const entries = async () => (await rows("entries")).sort((a, b) => (a.made_at < b.made_at ? -1 : 1));

export const mend = (name, how) =>
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
  let answer, meaning;
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
  if ((known === document.body.dataset.epoch && !(await next())) || !(await session())) return;
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

export const changed = () => dispatchEvent(new Event("queue"));

export function flush(now) {
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
