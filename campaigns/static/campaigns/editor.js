// What the editors of rules and of blocks are made of: small builders of form controls that write back at once.

/** An element with attributes, listeners (keys that begin with "on") and children. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "value") made.value = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** Put children in the place of those that are there; nothing for null. */
export function fill(box, ...children) {
  box.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

/** `options` are [value, label]; an unknown value is kept as an option of its own, so that nothing is lost by opening. */
export function choice(label, options, value, onChange) {
  const known = options.some(([one]) => String(one) === String(value));
  const shown = known || value === undefined || value === "" ? options : [...options, [value, String(value)]];
  const made = el("select", { "aria-label": label, onchange: (event) => onChange(event.target.value) });
  for (const [one, text] of shown) made.append(el("option", { value: one, selected: String(one) === String(value) }, text));
  return made;
}

export function text(label, value, onChange, attributes = {}) {
  return el("input", {
    type: "text", "aria-label": label, value: value ?? "", placeholder: attributes.placeholder ?? label,
    oninput: (event) => onChange(event.target.value), ...attributes,
  });
}

export function number(label, value, onChange, attributes = {}) {
  const read = (typed) => onChange(typed === "" || Number.isNaN(Number(typed)) ? undefined : Number(typed));
  return text(label, value, read, { type: "number", step: "any", size: 8, placeholder: "", ...attributes });
}

/** Several of some options, each with a button that takes it out. `free` allows what is no option. */
export function several(label, options, values, onChange, { empty = "any", free = false } = {}) {
  const chosen = [...(values ?? [])];
  const box = el("span", { class: "editor-several", role: "group", "aria-label": label });
  const change = () => { draw(); onChange(chosen.length ? chosen : undefined); };
  const named = Object.fromEntries(options);
  const add = (value) => { if (value && !chosen.includes(value)) { chosen.push(value); change(); } };
  function draw() {
    const chips = chosen.map((value, at) => el("span", { class: "editor-chip" }, named[value] ?? value,
      el("button", { type: "button", "aria-label": `Remove ${named[value] ?? value}`,
        onclick: () => { chosen.splice(at, 1); change(); } }, "×")));
    const left = options.filter(([value]) => !chosen.includes(value));
    const first = chosen.length ? "or …" : `${empty} …`;
    const adder = free
      ? text(label, "", () => {}, { placeholder: first, onchange: (event) => add(event.target.value.trim()) })
      : choice(label, [["", first], ...left], "", add);
    box.replaceChildren(...chips, adder);
  }
  draw();
  return box;
}

export function button(label, onClick, attributes = {}) {
  return el("button", { type: "button", onclick: onClick, ...attributes }, label);
}

/**
 * Put an editor in the place of a textarea of JSON. `draw(value, save)` returns its element; `save()` is called whenever
 * the value was changed in place. The JSON itself can be edited too.
 */
export function attach(field, draw) {
  const config = JSON.parse(field.dataset.config);
  const area = field.querySelector("textarea");
  const place = el("div", { class: "editor-place" });
  let value = null;
  const save = () => {
    area.value = JSON.stringify(value, null, 2);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const show = () => {
    try { value = JSON.parse(area.value || "null"); } catch { return false; }
    const made = draw(value, save, config, (replaced) => { value = replaced; save(); show(); });
    if (made === null) return false;
    place.replaceChildren(made);
    return true;
  };
  const toggle = button("Edit as JSON", () => {
    if (place.hidden && !show()) return;
    place.hidden = !place.hidden;
    area.hidden = !place.hidden;
    toggle.textContent = area.hidden ? "Edit as JSON" : "Edit as a form";
  }, { class: "editor-toggle" });
  area.rows = 20;
  field.append(place, toggle);
  place.hidden = !show();
  area.hidden = !place.hidden;
  if (place.hidden) toggle.textContent = "Edit as a form";
}
