// Opens the pages that pages.js keeps.
const SHELL = "m-shell";

const after = (ms) => new Promise((_, reject) => setTimeout(reject, ms));

async function lineFirst(request, copy, patience) {
  const line = fetch(request);
  line.catch(() => {});
  const held = await copy();
  if (!held) return line;
  return Promise.race([line, after(patience)]).catch(() => held);
}

async function page(request, path) {
  const answer = await lineFirst(request, () => caches.match(path), 6e3).catch(() => null);
  if (answer) return answer;
  return path !== "/m/" && (await caches.match("/m/")) ? Response.redirect("/m/") : Response.error();
}

async function asset(request) {
  const shell = await caches.open(SHELL);
  const answer = await lineFirst(request, () => shell.match(request), 2e3);
  if (answer.ok) shell.put(request, answer.clone());
  return answer;
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate" && pathname.startsWith("/m/")) event.respondWith(page(event.request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(asset(event.request));
});
