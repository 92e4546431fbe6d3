// The search in the bar: / begins, results come while one types, arrows move, Enter opens. They live in this page alone.
const box = document.getElementById("search-box");
const list = document.getElementById("search-found");
let asked = 0;
let timer = 0;

const links = () => [...list.querySelectorAll("a[href]")];

function close() {
  asked += 1;
  clearTimeout(timer);
  list.hidden = true;
  list.replaceChildren();
}

async function look() {
  const mine = ++asked;
  const typed = new FormData(box.form);
  typed.set("typing", "1");
  try {
    const answer = await fetch(box.form.action, { method: "POST", body: typed, redirect: "error" });
    const text = await answer.text();
    if (mine !== asked || !answer.ok) return; // something else has been typed meanwhile
    list.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    list.hidden = false;
  } catch {
    // no connection just now: Enter sends the form
  }
}

function move(by) {
  const every = links();
  const at = every.indexOf(document.activeElement) + by;
  if (!every.length) return;
  if (at < 0) box.focus();
  else every[Math.min(at, every.length - 1)].focus();
}

if (box) {
  box.addEventListener("input", () => {
    clearTimeout(timer);
    if (box.value.trim()) timer = setTimeout(look, 150);
    else close();
  });
  box.form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp" && document.activeElement !== box) move(-1);
    else if (event.key === "Escape") {
      close();
      box.focus();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const there = event.target;
    const writes = there.isContentEditable || ["INPUT", "SELECT", "TEXTAREA"].includes(there.tagName);
    if (event.key !== "/" || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
  });
  document.addEventListener("click", (event) => {
    if (!box.form.contains(event.target)) close();
  });
}
