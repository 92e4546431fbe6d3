// Looks again every two seconds while something is being made; the page is loaded anew only when that has ended.
const watched = document.querySelector("[data-watch]");

async function look() {
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-watch]");
    if (!now) {
      location.reload();
      return;
    }
    watched.replaceChildren(...now.childNodes);
  } catch {
    // no connection just now
  }
  setTimeout(look, 2000);
}

if (watched) setTimeout(look, 2000);
