// Pages kept for where there is no signal.
import { problem, user } from "./queue.js";

const PAGES = `m-${user}`, FRESH = 4 * 3600e3; // ms
const html = document.documentElement;
export const keptAt = () => html.dataset.kept;

const isOurs = (text) => text.includes('id="waiting"') && text.includes(`data-user="${user}"`);

const put = (cache, path, text) =>
  cache.put(path, new Response(text.replace("<html", `<html data-kept="${new Date().toISOString()}"`), { headers: { "Content-Type": "text/html; charset=utf-8" } }));

async function read(path) {
  const answer = await fetch(path, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout?.(8e3) });
  const text = await answer.text();
  return answer.ok && isOurs(text) && text;
}

export async function forget(mine) {
  for (const name of await caches.keys()) {
    if (/^m-\d/.test(name) && name !== mine) await caches.delete(name);
  }
}

const source = `<!DOCTYPE html>${html.outerHTML}`; // before anything is changed

export async function keep() {
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
  const fresh = new DOMParser().parseFromString(await held.text(), "text/html");
  html.dataset.kept = fresh.documentElement.dataset.kept;
  document.title = fresh.title;
  document.body.replaceWith(fresh.body);
  scrollTo(0, 0);
  dispatchEvent(new Event("shown"));
  return true;
}

const lineDown = () => !navigator.serviceWorker?.controller && (!navigator.onLine || problem.now === "offline");

export async function go(path) {
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
