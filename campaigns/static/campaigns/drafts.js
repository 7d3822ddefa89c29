// What is written is kept as a draft every few seconds, so that neither a closed window nor a lost connection loses it.

const PAUSE = 2_000; // milliseconds after the last key
const LATEST = 10_000; // while somebody goes on writing

/** `written()` is what stands in the form. */
export function startDrafts(form, said, written) {
  let kept = written();
  let since = 0;
  let timer = 0;

  async function keep() {
    clearTimeout(timer);
    since = 0;
    const now = written();
    if (now === kept) return;
    const answered = new Promise((resolve) => said.addEventListener("htmx:afterRequest", (event) => resolve(event.detail.successful && !event.detail.xhr.responseURL.includes("/login/")), { once: true }));
    htmx.ajax("POST", said.dataset.url, { source: said, target: said }).catch(() => {});
    if (await answered) kept = now; else { said.textContent = "The draft cannot be kept now."; later(LATEST); }
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(keep, pause);
  }

  function changed() {
    since ||= Date.now();
    later(Math.max(0, Math.min(PAUSE, since + LATEST - Date.now())));
  }

  form.addEventListener("submit", () => clearTimeout(timer));
  return { changed };
}
