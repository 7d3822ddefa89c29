// A dialog in which one of many is searched by words and chosen, by mouse or keys.

import { el } from "./editor.js";

const PAUSE = 250; // milliseconds after the last key

/** `read(words, page)` gives {shown, more}, elements to choose from; null where it cannot be read. `verb` names its buttons. */
export function startPicking(editor, dialog, { verb, read, nothing }) {
  const grid = dialog.querySelector(".asset-grid");
  const words = dialog.querySelector("input[type=search]");
  const more = dialog.querySelector(`[data-verb="${verb}-more"]`);
  let page = 1;
  let turn = 0;
  let timer = 0;

  async function load(from) {
    const mine = ++turn;
    page = from;
    const said = await read(words.value, page);
    if (mine !== turn) return;
    if (!said) { grid.replaceChildren(el("p", { class: "problem" }, "It cannot be read now.")); return; }
    if (page === 1) grid.replaceChildren(...(said.shown.length ? said.shown : [el("p", {}, nothing)]));
    else grid.append(...said.shown);
    more.hidden = !said.more;
  }

  editor.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-verb]")?.dataset.verb;
    if (pressed === `${verb}-more`) load(page + 1);
    else if (pressed === `${verb}-close`) dialog.close();
  });
  words.addEventListener("input", (event) => {
    event.stopPropagation(); // nothing of the content has changed
    clearTimeout(timer);
    timer = setTimeout(() => load(1), PAUSE);
  });
  words.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });

  return {
    open() {
      grid.replaceChildren();
      dialog.showModal();
      words.focus();
      load(1);
    },
  };
}

/** What a page of ours answers; null where it does not. */
export async function asked(url, values) {
  const answer = await fetch(`${url}?${new URLSearchParams(values)}`).catch(() => null);
  return answer?.ok && !answer.redirected ? answer.json().catch(() => null) : null;
}

/** Into a control, as if it had been typed. */
export function put(into, text) {
  into.value = text;
  into.dispatchEvent(new Event("input", { bubbles: true }));
}
