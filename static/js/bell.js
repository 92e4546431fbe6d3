// A notice of the browser when there is more to look at than before: numbers alone, asked for once a minute by
// whoever has allowed it.
const bell = document.querySelector("[data-bell]");
const EVERY = 60000;
const WORDS = { incidents: "件必到事件", notices: "条知会" };
let known = null;

async function ask() {
  const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json", "X-By-Itself": "1" } });
  return answer.ok && !answer.redirected ? answer.json() : null;
}

function tell(now) {
  const more = Object.keys(WORDS).filter((name) => now[name] > known[name]);
  if (!more.length) return;
  const text = more.map((name) => `${now[name]} ${WORDS[name]}`).join("、");
  const shown = new Notification("百步亭网格", { body: `有 ${text}，请打开网格`, tag: "baibuting" });
  shown.onclick = () => window.focus();
}

async function look() {
  try {
    const now = await ask();
    if (now === null) return; // signed out: the next page asks again
    if (known) tell(now);
    known = now;
  } catch {
    // no connection just now
  }
  setTimeout(look, EVERY);
}

function begin() {
  bell.hidden = Notification.permission !== "default";
  if (Notification.permission === "granted") look();
}

if (bell && "Notification" in window && window.isSecureContext) {
  bell.addEventListener("click", () => Notification.requestPermission().then(begin));
  begin();
}
