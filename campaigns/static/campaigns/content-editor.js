// The editor of a content: cards of blocks that the server draws, tools to write in them, and the preview beside them.
// Without scripts the JSON of the blocks is edited instead.

import { startAssetPicker } from "./asset-picker.js";
import { startBlocks } from "./block-list.js";
import { startDrafts } from "./drafts.js";
import { startPreview } from "./live-preview.js";
import { startProductRows } from "./product-rows.js";
import { startTextTools } from "./text-tools.js";
import { startGuard } from "./unsaved.js";

const editor = document.getElementById("block-editor");
const live = document.getElementById("live");

/** Ask for a piece of the page with the whole form; resolves when it stands in the page. */
function ask(url, { target, swap = "innerHTML", values = {}, source = editor } = {}) {
  return htmx.ajax("POST", url, { source, target, swap, values }).catch(() => {}); // a newer one took its place, or it is told by an event
}

/** Said by screen readers, and shown for whoever looks. */
function say(text) {
  const said = document.getElementById("block-said");
  if (said) said.textContent = text;
}

const preview = live ? startPreview(live, ask) : null;
if (editor) {
  const form = editor.closest("form");
  const kept = document.getElementById("draft-said");
  let drafts = null;
  const changed = () => { preview?.changed(); drafts?.changed(); };
  startBlocks(editor, { ask, say, changed });
  startTextTools(editor, changed);
  startAssetPicker(editor);
  startProductRows(editor);
  const { written } = startGuard(form, say);
  if (kept) drafts = startDrafts(form, kept, written);
  preview?.onFindings((found) => mark(found));
  form.addEventListener("input", (event) => { if (!event.target.closest("#live")) changed(); });
}
preview?.refresh();

/** What is wrong stands at its block and field, and on the tabs that lead there. */
function mark(found) {
  for (const slot of editor.querySelectorAll("[data-problem-of]")) { slot.hidden = true; slot.textContent = ""; }
  for (const flag of editor.querySelectorAll(".block-flag")) flag.hidden = true;
  for (const control of editor.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  const cards = [...editor.querySelectorAll(".block-card:not([data-removed])")];
  for (const one of found) {
    const card = cards[one.number];
    if (card) markIn(card, one);
  }
}

function markIn(card, { inside, reason }) {
  const slot = slotFor(card, inside);
  if (!slot) return;
  slot.textContent = slot.textContent ? `${slot.textContent}; ${reason}` : reason;
  slot.hidden = false;
  card.querySelector(".block-head > .block-flag").hidden = false;
  const panel = slot.closest("[data-panel]");
  const flag = panel && card.querySelector(`[data-tab="${panel.dataset.panel}"] .block-flag`);
  if (flag) flag.hidden = false;
  slot.closest("[data-path]")?.querySelector("input:not([type=hidden]):not([type=file]):not([type=checkbox]), textarea")?.setAttribute("aria-invalid", "true");
}

/** The slot of the field, or of whatever holds it: products[0].name stands at products. */
function slotFor(card, inside) {
  const slots = [...card.querySelectorAll("[data-problem-of]")];
  const fits = slots.filter((slot) => inside === slot.dataset.problemOf || inside.startsWith(`${slot.dataset.problemOf}.`) || inside.startsWith(`${slot.dataset.problemOf}[`) || slot.dataset.problemOf === "");
  return fits.sort((one, other) => other.dataset.problemOf.length - one.dataset.problemOf.length)[0];
}

/** From a line of a list to the field that it speaks of. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-go], [data-go-id]");
  if (!button || !editor) return;
  const cards = [...editor.querySelectorAll(".block-card:not([data-removed])")];
  const card = button.dataset.goId ? cards.find((one) => one.dataset.id === button.dataset.goId) : cards[Number(button.dataset.go || "-1")];
  if (card) go(card, button.dataset.goId ? null : slotFor(card, button.dataset.inside));
});

function go(card, slot) {
  card.dispatchEvent(new CustomEvent("open-tab", { detail: slot?.closest("[data-panel]")?.dataset.panel ?? "at" }));
  requestAnimationFrame(() => {
    const field = slot?.closest("[data-path]")?.querySelector("input:not([type=hidden]), textarea, select") ?? card.querySelector(".block-fold");
    field.focus();
    field.scrollIntoView({ block: "center" });
  });
}
