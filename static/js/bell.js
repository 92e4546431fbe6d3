// A notice of the browser when there is more to look at than before: numbers alone, asked for once a minute.
const bell = document.querySelector("[data-bell]");
const EVERY = 60000;
const WORDS = { incidents: "件必到事件", notices: "条知会" };
let known = null;

async function ask() {
  const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json", "X-By-Itself": "1" } });
  if (!answer.ok || answer.redirected) return null;
  return answer.json();
}

function told(now) {
  const more = Object.keys(WORDS).filter((name) => now[name] > known[name]);
  if (!more.length || Notification.permission !== "granted") return;
  const text = more.map((name) => `${now[name]} ${WORDS[name]}`).join("、");
  const shown = new Notification("百步亭网格", { body: `有 ${text}，请打开网格`, tag: "baibuting" });
  shown.onclick = () => window.focus();
}

async function look() {
  try {
    const now = await ask();
    if (now === null) return; // signed out: the next page asks again
    if (known) told(now);
    known = now;
  } catch {
    // no connection just now
  }
  setTimeout(look, EVERY);
}

if (bell && "Notification" in window && window.isSecureContext) {
  bell.hidden = Notification.permission !== "default";
  bell.addEventListener("click", async () => {
    await Notification.requestPermission();
    bell.hidden = Notification.permission !== "default";
  });
  look();
}
