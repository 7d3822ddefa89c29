// Products as rows with pickers, in the place of the text in which their field keeps them.

import { button, el, text } from "./editor.js";
import { asked, startPicking } from "./picking.js";

const OWN = "attribute_";
const SELECTOR = 'textarea[data-kind="products"], textarea[data-kind="rows"]';

export function startProductRows(editor) {
  const dialog = editor.querySelector("#product-picker");
  let take = null; // what becomes of a chosen product

  const picking = startPicking(editor, dialog, {
    verb: "product",
    nothing: "There is no such product. Products come from the shop's feed.",
    async read(q, page) {
      const said = await asked(editor.dataset.urlProducts, { q, page });
      return said && { shown: said.products.map(card), more: said.more };
    },
  });
  const card = (one) => el("button", { type: "button", class: "asset-choice", onclick: () => { dialog.close(); take(one); } },
    one.picture ? el("img", { src: one.picture, alt: "" }) : null, el("span", {}, one.name),
    el("span", { class: "editor-id" }, [one.price, one.available ? "" : "not available"].filter(Boolean).join(", ") || one.id));
  const pick = (taken) => { take = taken; picking.open(); };

  const prepare = (within) => {
    for (const area of within.querySelectorAll(SELECTOR)) if (!area.dataset.ready) draw(area, pick, editor.dataset.urlProducts);
  };
  prepare(editor);
  htmx.onLoad((made) => { if (editor.contains(made)) prepare(made.parentElement ?? made); });
}

/** What the field holds: rows, or the name of an attribute; null for what no row can show. */
function read(area) {
  const held = area.value.trim();
  const parts = area.dataset.parts.split(" ");
  if (held.startsWith(OWN) && !held.includes("\n")) return held;
  if (/^[[{]/.test(held)) {
    try {
      const rows = JSON.parse(held);
      return Array.isArray(rows) && rows.every((row) => row && typeof row === "object" && Object.values(row).every((one) => typeof one === "string")) ? rows : null;
    } catch { return null; }
  }
  return held.split("\n").filter((line) => line.trim()).map((line) => {
    const cells = line.split("|");
    const last = cells.splice(parts.length - 1).join("|");
    return Object.fromEntries([...cells, last].map((cell, at) => [parts[at], cell.trim()]).filter(([, cell]) => cell));
  });
}

function draw(area, pick, url) {
  area.dataset.ready = "";
  let held = read(area);
  if (held === null) return; // it stays text
  const mayBeOwn = area.dataset.kind === "products";
  const box = el("div", { class: "product-rows" });
  const names = {}; // of products of the feed
  let isOwn = typeof held === "string";

  function save() {
    area.value = typeof held === "string" ? held : held.length ? JSON.stringify(held) : "";
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const change = () => { save(); show(); };

  function cell(row, name, label) {
    return text(label, row[name], (typed) => { if (typed) row[name] = typed; else delete row[name]; save(); });
  }

  function picture(row) {
    return el("span", { class: "block-image" }, el("img", { alt: "", class: "editor-image", "data-image": true, hidden: true }),
      text("Image", row.source, (typed) => { if (typed) row.source = typed; else delete row.source; save(); }, { "data-kind": "image" }),
      button("Library", () => {}, { class: "plain-button", "data-verb": "library" }));
  }

  function move(at, by) {
    held.splice(at + by, 0, ...held.splice(at, 1));
    change();
    box.querySelectorAll(".product-row")[at + by]?.querySelector(".product-move button:not(:disabled)")?.focus();
  }

  function feed(row) {
    return el("div", { class: "product-feed" }, el("span", {}, `${names[row.product] ?? `Product ${row.product}`}, from the shop's feed. What is empty here is said by the feed.`),
      button("Another …", () => pick((one) => { row.product = one.id; names[one.id] = one.name; change(); }), { class: "plain-link" }));
  }

  function line(row, at) {
    const label = row.name || names[row.product] || row.product || `Product ${at + 1}`;
    return el("div", { class: "product-row", role: "group", "aria-label": `Product ${at + 1}` },
      row.product ? feed(row) : null,
      el("div", { class: "product-cells" }, cell(row, "name", "Name"), cell(row, "price", "Price"), cell(row, "text", "In a few words")),
      el("div", { class: "product-cells" }, picture(row), el("span", { class: "product-move" },
        button("↑", () => move(at, -1), { "aria-label": `Move ${label} up`, disabled: at === 0 }),
        button("↓", () => move(at, 1), { "aria-label": `Move ${label} down`, disabled: at === held.length - 1 }),
        button("×", () => { held.splice(at, 1); change(); }, { "aria-label": `Remove ${label}`, class: "is-danger" }))));
  }

  function source() {
    const select = el("select", { "aria-label": "Where the products come from", onchange: (event) => {
      isOwn = event.target.value === "own";
      held = isOwn ? "" : [];
      change();
    } }, el("option", { value: "fixed", selected: !isOwn }, "The same products for everybody"),
    el("option", { value: "own", selected: isOwn }, "A list of the customer's own"));
    return select;
  }

  function own() {
    const attributes = [...document.querySelectorAll("#field-picker-name option")].map((one) => one.value).filter((one) => one.startsWith(OWN));
    const id = `${area.id}-attributes`;
    return [text("Attribute that holds the list", held, (typed) => { held = typed; save(); }, { placeholder: "attribute_recommended", list: id }),
      el("datalist", { id }, attributes.map((one) => el("option", { value: one }))),
      el("p", { class: "block-aside" }, "It may hold names, or ids of products in the shop's feed; what is not available is left out.")];
  }

  function show() {
    const rows = isOwn ? own() : held.map(line);
    const empty = !isOwn && !held.length && area.placeholder && !area.placeholder.includes(" a line: ") ? el("p", { class: "block-aside" }, area.placeholder) : null;
    const verbs = isOwn ? null : el("div", { class: "product-verbs" },
      button("Product of the shop", () => pick((one) => { held.push({ product: one.id }); names[one.id] = one.name; change(); }), { class: "plain-button" }),
      button("Another product", () => { held.push({}); change(); box.querySelectorAll(".product-row:last-of-type input")[0]?.focus(); }, { class: "plain-button" }));
    box.replaceChildren(...[mayBeOwn ? source() : null, empty, rows, verbs].flat().filter(Boolean));
    for (const one of box.querySelectorAll('[data-kind="image"]')) one.dispatchEvent(new Event("shown", { bubbles: true }));
  }

  async function name() {
    const ids = held.map((row) => row.product).filter(Boolean);
    if (!ids.length) return;
    const said = await asked(url, ids.map((id) => ["id", id]));
    for (const one of said?.products ?? []) names[one.id] = one.name;
    if (said) show();
  }

  area.hidden = true;
  area.after(box);
  show();
  if (!isOwn) name();
}
