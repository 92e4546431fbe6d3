// What a person sees and does.
import { canonical, change, changed, entries, flush, mend, problem, result, rows, sha256, user, uuid } from "./queue.js";
import { forget, go, keep, keptAt } from "./pages.js";

const WHAT = JSON.parse(document.body.dataset.kinds || "{}");
const WHY = { "": "", offline: "，有信号时自动发送", "signed-out": "，请重新登录", "other-user": "，请用原来的账号登录" };
const STATE = { waiting: "等待发送", stored: "已发送", conflict: "和先前的不一样，两份都留着，由社区办核对", quarantined: "要由社区办核对" };
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
  const text = [waiting && waiting + WHY[problem.now], extra, keptAt() && `没有信号，这是${age(keptAt())}的内容`].filter(Boolean).join("。");
  if (bar.dataset.text === text) return; // said once
  bar.dataset.text = bar.textContent = text;
  bar.hidden = !text;
  if (waiting && /-/.test(problem.now)) bar.append(" ", make("a", "去登录", { href: document.body.dataset.signIn }));
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
    for (const link of all(`a[href="${page}"][data-keep]`)) if (kind === "visit") link.textContent = "✓ 已记，等待发送";
    for (const form of all("form[data-queue]")) {
      if (kind !== "arrival" || fieldsOf(form).fields.incident !== fields.incident) continue;
      Object.assign(form.querySelector("button"), { textContent: "✓ 已记到场，等待发送", disabled: true });
    }
  }
}

const redraw = (extra) => Promise.all([sentence(extra), list(), mark()]);

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

async function take(form) {
  const { fields, files } = fieldsOf(form);
  const [uid, kind] = [form.elements.uid.value, form.elements.kind.value];
  const hash = await sha256(new TextEncoder().encode(canonical(uid, kind, fields)));
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
  await Promise.race([flush(true), new Promise((resolve) => setTimeout(resolve, navigator.onLine ? 3e3 : 200))]);
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

async function begin() {
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
