// Images and videos from the library for a field, their alternative text brought along.

import { el } from "./editor.js";
import { asked, put, startPicking } from "./picking.js";

export function startAssetPicker(editor) {
  const dialog = editor.querySelector("#asset-picker");
  let field = null;
  let kind = "image";

  const picking = startPicking(editor, dialog, {
    verb: "library",
    nothing: "There is nothing of the kind.",
    async read(q, page) {
      const said = await asked(editor.dataset.urlPick, { q, kind, page });
      return said && { shown: said.assets.map(card), more: said.more };
    },
  });

  const seen = (asset) => (kind === "video"
    ? el("video", { src: asset.url, preload: "metadata", muted: true })
    : el("img", { src: asset.thumbnail || asset.url, alt: "" }));
  const card = (asset) => el("button", { type: "button", class: "asset-choice", onclick: () => choose(asset) },
    seen(asset), el("span", {}, asset.name), el("span", { class: "editor-id" }, `${asset.width} × ${asset.height}`));

  /** The alternative text of the layer's language, where none is written there yet. */
  function choose(asset) {
    dialog.close();
    put(field, asset.source);
    const path = field.closest("[data-path]").dataset.path;
    const beside = kind === "image" && field.closest(".block-layer").querySelector(`[data-path="${path.replace(/[^.]+$/, "alt")}"] input`);
    const language = path.match(/^languages\.([^.]+)\./)?.[1];
    const text = language ? asset.alt[language] : Object.values(asset.alt)[0];
    if (beside && !beside.value && text) put(beside, text);
    field.focus();
  }

  editor.addEventListener("click", (event) => {
    const button = event.target.closest('[data-verb="library"]');
    if (!button) return;
    kind = button.dataset.of ?? "image";
    field = button.closest(".block-image").querySelector("input:not([type=file])");
    dialog.querySelector("h2").textContent = `Choose ${kind === "video" ? "a video" : "an image"} from the library`;
    picking.open();
  });
}
