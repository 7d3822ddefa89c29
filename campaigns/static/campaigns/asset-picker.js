// Images from the library for a field: searched by words, chosen by mouse or keys, their alternative text brought along.

import { el } from "./editor.js";

const PAUSE = 250; // milliseconds after the last key

export function startAssetPicker(editor) {
  const dialog = editor.querySelector("#asset-picker");
  const grid = dialog.querySelector(".asset-grid");
  const words = dialog.querySelector("#asset-picker-words");
  const more = dialog.querySelector('[data-verb="library-more"]');
  let field = null;
  let page = 1;
  let turn = 0;
  let timer = 0;

  async function load(from) {
    const mine = ++turn;
    page = from;
    const answer = await fetch(`${editor.dataset.urlPick}?${new URLSearchParams({ q: words.value, kind: "image", page })}`);
    const said = answer.ok && !answer.redirected ? await answer.json().catch(() => null) : null;
    if (mine !== turn) return;
    if (!said) { grid.replaceChildren(el("p", { class: "problem" }, "The library cannot be read now.")); return; }
    const shown = said.assets.map(card);
    if (page === 1) grid.replaceChildren(...(shown.length ? shown : [el("p", {}, "There is no such image.")]));
    else grid.append(...shown);
    more.hidden = !said.more;
  }

  const card = (asset) => el("button", { type: "button", class: "asset-choice", onclick: () => choose(asset) },
    el("img", { src: asset.thumbnail || asset.url, alt: "" }), el("span", {}, asset.name), el("span", { class: "editor-id" }, `${asset.width} × ${asset.height}`));

  function put(into, text) {
    into.value = text;
    into.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** The alternative text of the layer's language, where none is written there yet. */
  function choose(asset) {
    dialog.close();
    put(field, asset.source);
    const path = field.closest("[data-path]").dataset.path;
    const beside = field.closest(".block-layer").querySelector(`[data-path="${path.replace(/[^.]+$/, "alt")}"] input`);
    const language = path.match(/^languages\.([^.]+)\./)?.[1];
    const text = language ? asset.alt[language] : Object.values(asset.alt)[0];
    if (beside && !beside.value && text) put(beside, text);
    field.focus();
  }

  editor.addEventListener("click", (event) => {
    const verb = event.target.closest("[data-verb]")?.dataset.verb;
    if (verb === "library") {
      field = event.target.closest(".block-image").querySelector("input:not([type=file])");
      dialog.showModal();
      words.focus();
      load(1);
    } else if (verb === "library-more") load(page + 1);
    else if (verb === "library-close") dialog.close();
  });
  words.addEventListener("input", (event) => {
    event.stopPropagation(); // nothing of the content has changed
    clearTimeout(timer);
    timer = setTimeout(() => load(1), PAUSE);
  });
  words.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
