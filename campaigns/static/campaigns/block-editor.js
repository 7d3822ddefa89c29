// The editor of a content's blocks: written once, in order, with other words for a channel where it needs them.

import { attach, button, choice, el, text } from "./editor.js";

let config = null;
let lastField = null; // where a placeholder goes

const drawAll = (blocks, save, given) => {
  config = given;
  return Array.isArray(blocks) ? list(blocks, save) : null;
};

function list(blocks, save) {
  const box = el("div");
  const change = () => { save(); draw(); };
  const add = (name) => { if (name) { blocks.push({ id: freshId(blocks, name), type: name }); change(); } };
  const move = (from, to) => { if (to >= 0 && to < blocks.length) { blocks.splice(to, 0, ...blocks.splice(from, 1)); change(); } };
  function draw() {
    box.replaceChildren(
      placeholders(),
      ...blocks.map((block, at) => card(block, save, {
        up: () => move(at, at - 1), down: () => move(at, at + 1), remove: () => { blocks.splice(at, 1); change(); },
      })),
      el("div", { class: "editor-line" },
        choice("Add a block", [["", "Add a block …"], ...config.types.map((one) => [one.name, one.label])], "", add)));
  }
  draw();
  return box;
}

/** Links and coupons are known by the block's id for ever, so it is made once and never follows the text. */
function freshId(blocks, name) {
  const base = name.replace(/_/g, "-");
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!blocks.some((block) => block.id === id)) return id;
  }
}

function placeholders() {
  const options = config.placeholders.map((one) => [one.name, `${one.name} (${one.label})`]);
  const insert = (name) => {
    const one = config.placeholders.find((known) => known.name === name);
    if (!one || !lastField) return;
    const written = one.may_be_empty ? `{{ ${name} | fallback("…") }}` : `{{ ${name} }}`;
    lastField.setRangeText(written, lastField.selectionStart ?? 0, lastField.selectionEnd ?? 0, "end");
    lastField.dispatchEvent(new Event("input", { bubbles: true }));
    lastField.focus();
  };
  return el("div", { class: "editor-line" }, choice("Insert a placeholder", [["", "Insert a placeholder where you write …"], ...options], "", insert));
}

function card(block, save, verbs) {
  const type = config.types.find((one) => one.name === block.type);
  if (!type) return el("div", { class: "editor-row" }, el("code", {}, JSON.stringify(block)), button("Remove", verbs.remove, { class: "remove" }));
  return el("div", { class: "editor-row", role: "group", "aria-label": `${type.label} ${block.id}` },
    el("div", { class: "editor-line" },
      el("span", { class: "editor-head" }, type.label), el("span", { class: "editor-id", title: "Links lead to it, so it stays the same for ever" }, block.id),
      button("↑", verbs.up, { "aria-label": "Move up" }), button("↓", verbs.down, { "aria-label": "Move down" }),
      button("Remove", verbs.remove, { class: "remove" })),
    ...type.fields.map((one) => line(one, block, save)),
    overrides(block, type, save));
}

function line(field, values, save, placeholder = "") {
  const set = (typed) => { if (typed === "") delete values[field.name]; else values[field.name] = typed; save(); };
  const attributes = { class: "wide", placeholder, maxlength: field.longest, required: field.required && !placeholder };
  return el("div", { class: "editor-line" }, el("label", {}, field.required ? `${field.label} *` : field.label), control(field, values, set, attributes));
}

function control(field, values, set, attributes) {
  const value = values[field.name];
  if (field.kind === "markdown") return remember(el("textarea", { ...attributes, "aria-label": field.label, rows: 5, value: value ?? "", oninput: (event) => set(event.target.value) }));
  if (field.kind === "date") return text(field.label, value, set, { ...attributes, class: "", type: "date" });
  if (field.kind === "image") return image(field, value, set, attributes);
  const made = text(field.label, value, set, { ...attributes, placeholder: attributes.placeholder || hint(field) });
  return field.kind === "line" ? remember(made) : made;
}

const hint = (field) => ({ url: "https://…", coupon: "SOMMER20, or: personal" }[field.kind] ?? "");

function remember(made) {
  made.addEventListener("focus", () => { lastField = made; });
  return made;
}

function image(field, value, set, attributes) {
  const shown = el("img", { class: "editor-image", alt: "", src: value ? `/${value}` : null, hidden: !value });
  const problem = el("span", { class: "problem", role: "alert" });
  const source = text(field.label, value, (typed) => { set(typed); shown.src = `/${typed}`; shown.hidden = !typed; }, { ...attributes, placeholder: "upload one, or write its source" });
  const upload = el("input", { type: "file", accept: "image/png,image/jpeg", "aria-label": "Upload an image", onchange: async () => {
    const body = new FormData();
    body.append("image", upload.files[0]);
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(config.image_url, { method: "POST", body });
    const said = await answer.json().catch(() => ({ error: `The server answered ${answer.status}.` }));
    problem.textContent = said.error ?? "";
    if (said.source) { source.value = said.source; source.dispatchEvent(new Event("input")); }
  } });
  return el("span", { class: "editor-several wide" }, source, upload, shown, problem);
}

/** Per channel: left out, or some fields otherwise. */
function overrides(block, type, save) {
  const box = el("div");
  const of = block.overrides ?? {};
  const keep = () => { if (Object.keys(of).length) block.overrides = of; else delete block.overrides; save(); draw(); };
  const labels = Object.fromEntries(config.channels);
  function one(channel) {
    const values = of[channel];
    const hide = el("input", { type: "checkbox", checked: values.hidden === true, onchange: (event) => { if (event.target.checked) values.hidden = true; else delete values.hidden; keep(); } });
    return el("div", { class: "editor-override", role: "group", "aria-label": `Otherwise on ${labels[channel] ?? channel}` },
      el("div", { class: "editor-line" }, el("span", { class: "editor-head" }, `Otherwise on ${labels[channel] ?? channel}`),
        el("label", { style: "min-width: 0" }, hide, " leave this block out"),
        button("Same as everywhere", () => { delete of[channel]; keep(); }, { class: "remove" })),
      ...(values.hidden ? [] : type.fields.map((field) => line(field, values, save, String(block[field.name] ?? "as above")))));
  }
  function draw() {
    const left = config.channels.filter(([name]) => !(name in of));
    box.replaceChildren(...Object.keys(of).map(one), left.length
      ? choice("Otherwise on", [["", "Otherwise on …"], ...left], "", (name) => { if (name) { of[name] = {}; keep(); } }) : "");
  }
  draw();
  return box;
}

for (const field of document.querySelectorAll("[data-editor=block]")) attach(field, drawAll);
