// The editor of audience rules: a tree of groups and conditions; see campaigns.rules for the language.

import { attach, button, choice, el, fill, number, several, text } from "./editor.js";

const GROUPS = [["all", "all"], ["any", "at least one"], ["none", "none"]];
const IS_THERE = [["true", "yes"], ["false", "no"]];
let config = null;

const drawAll = (rule, save, given, replace) => {
  config = given;
  if (rule === null || typeof rule !== "object" || Array.isArray(rule)) return null;
  if (!keyOf(rule, GROUPS)) return el("div", {}, group({ all: [rule] }, save, null, replace));
  return group(rule, save, null, replace);
};

const keyOf = (node, pairs) => pairs.map(([key]) => key).find((key) => key in node);

function group(node, save, remove, replace) {
  const key = keyOf(node, GROUPS);
  const parts = node[key];
  const box = el("div", { class: "editor-row", role: "group", "aria-label": "Group of conditions" });
  // A rule that is one condition alone becomes a group with the first change that needs one.
  const change = () => { if (replace) replace(node); else { save(); draw(); } };
  const add = (part) => { parts.push(part); change(); };
  function part(child, at) {
    const removeIt = () => { parts.splice(at, 1); change(); };
    const replaceIt = (made) => { parts[at] = made; change(); };
    return keyOf(child, GROUPS) ? group(child, save, removeIt) : condition(child, save, removeIt, replaceIt);
  }
  function draw() {
    fill(box,
      el("div", { class: "editor-line" },
        choice("Group", GROUPS, keyOf(node, GROUPS), (chosen) => {
          delete node[keyOf(node, GROUPS)];
          node[chosen] = parts;
          change();
        }),
        el("span", {}, "of these must be true:"),
        remove && button("Remove group", remove, { class: "remove" })),
      ...parts.map(part),
      parts.length ? null : el("p", {}, "No condition: everybody."),
      el("div", { class: "editor-line" },
        button("Add a condition", () => add({ attribute: "journey_stage", is: "selection" })),
        button("Add a group", () => add({ any: [] }))));
  }
  draw();
  return box;
}

// Each kind of condition: what a new one looks like, and the controls that change it in place.
const CONDITIONS = {
  attribute: { label: "The customer", fresh: () => ({ attribute: "journey_stage", is: "selection" }), draw: attribute },
  events: { label: "Events", fresh: () => ({ events: { kinds: ["purchased"], within_days: 365 }, at_least: 1 }), draw: events },
  contacted: { label: "Messages sent", fresh: () => ({ contacted: { within_days: 30 }, at_least: 1 }), draw: contacted },
  responded: { label: "Answers to messages", fresh: () => ({ responded: { within_days: 90 }, at_least: 1 }), draw: responded },
  identifier: { label: "We know the", fresh: () => ({ identifier: "email", exists: true }), draw: identifier },
  consent: { label: "Consent to", fresh: () => ({ consent: config.channels[0]?.[0] ?? "email", exists: true }), draw: consent },
  objection: { label: "Objection to", fresh: () => ({ objection: config.channels[0]?.[0] ?? "email", exists: false }), draw: objection },
  audience: { label: "In the audience", fresh: () => ({ audience: config.audiences[0]?.[0] ?? 0 }), draw: audience },
};
const KINDS = Object.entries(CONDITIONS).map(([key, { label }]) => [key, label]);

function condition(node, save, remove, replace) {
  const key = keyOf(node, KINDS);
  const kind = choice("Kind of condition", KINDS, key, (chosen) => replace(CONDITIONS[chosen].fresh()));
  const controls = key ? CONDITIONS[key].draw(node, save) : [el("code", {}, JSON.stringify(node))];
  return el("div", { class: "editor-row editor-condition" },
    el("div", { class: "editor-line" }, kind, ...controls, button("Remove", remove, { class: "remove" })));
}

/** Set or take out a key, and save. */
const put = (node, key, save) => (value) => {
  if (value === undefined || value === "") delete node[key]; else node[key] = value;
  save();
};

const OPERATOR_WORDS = {
  is: "is", is_not: "is known and not", in: "is one of", contains: "contains", starts_with: "starts with",
  at_least: "is at least", at_most: "is at most", between: "is between", before: "is before", after: "is after",
  in_last_days: "is in the last (days)", in_next_days: "is in the next (days)", exists: "is known",
};
const YES_NO = [["true", "yes"], ["false", "no"]];

function attribute(node, save) {
  const box = el("span", { class: "editor-parts" });
  const draw = () => fill(box, ...attributeControls(node, save, draw));
  draw();
  return [box];
}

function attributeControls(node, save, redraw) {
  const column = config.attributes.find((one) => one.name === node.attribute);
  const operators = config.operators.filter((one) => !column || one.types.includes(column.type));
  const operator = operators.find((one) => one.name in node) ?? operators[0];
  const names = [...config.attributes.map((one) => [one.name, one.label]), ["", "another attribute …"]];
  const use = (name, operand) => {
    for (const one of config.operators) delete node[one.name];
    node[name] = operand;
    save();
    redraw();
  };
  const fresh = (name) => startValue(config.operators.find((one) => one.name === name), columnOf(node));
  return [
      choice("Attribute", names, column ? node.attribute : "", (name) => {
        node.attribute = name;
        use("is", startValue({ shape: "one" }, columnOf(node)));
      }),
      column ? null : text("Name of the attribute", node.attribute, put(node, "attribute", save)),
      choice("Comparison", operators.map((one) => [one.name, OPERATOR_WORDS[one.name] ?? one.name]), operator.name,
        (name) => use(name, fresh(name))),
      operand(operator, column, node[operator.name], (value) => { node[operator.name] = value; save(); }),
    ];
  }
  
  const columnOf = (node) => config.attributes.find((one) => one.name === node.attribute);
  
  function startValue(operator, column) {
    const one = column?.choices?.[0] ?? { number: 0, boolean: true, date: new Date().toISOString().slice(0, 10) }[column?.type] ?? "";
    return { several: [one], pair: [one, one], days: 30, flag: true }[operator.shape] ?? one;
  }
  
  function operand(operator, column, value, set) {
    if (operator.shape === "flag") return choice("Value", YES_NO, value, (chosen) => set(chosen === "true"));
    if (operator.shape === "days") return number("Days", value, set, { min: 0, step: 1 });
    if (operator.shape === "pair") {
      const pair = [...(value ?? [])];
      const at = (place) => (chosen) => { pair[place] = chosen; set([...pair]); };
      return el("span", { class: "editor-parts" }, single("From", column, pair[0], at(0)), "and", single("To", column, pair[1], at(1)));
    }
    if (operator.shape !== "several") return single("Value", column, value, set);
    if (column?.choices?.length) return several("Values", column.choices.map((one) => [one, one]), value, (chosen) => set(chosen ?? []));
    const joined = (value ?? []).join(", ");
    return text("Values, with commas between", joined, (typed) => set(typed.split(",").map((one) => one.trim()).filter(Boolean).map((one) => read(one, column))), { class: "wide" });
  }
  
  function single(label, column, value, set) {
    if (column?.choices?.length) return choice(label, column.choices.map((one) => [one, one]), value, set);
    if (column?.type === "number") return number(label, value, (typed) => set(typed ?? null));
    if (column?.type === "date") return text(label, value, set, { type: "date" });
    if (column?.type === "boolean") return choice(label, YES_NO, value, (chosen) => set(chosen === "true"));
    return text(label, value, (typed) => set(read(typed, column)));
  }
  
  /** Of an attribute that is not declared, what looks like a number or yes and no is one. */
  function read(typed, column) {
    if (column && column.type !== "number") return typed;
    if (typed !== "" && !Number.isNaN(Number(typed))) return Number(typed);
    return { true: true, false: false }[typed] ?? typed;
  }
  
  const PLACES = [["both", "anywhere"], ["online", "online"], ["offline", "offline"]];
  const MEASURES = [["count", "number"], ["sum_cents", "total value"], ["recency_days", "days since the last"]];
  
  function events(node, save) {
    const which = node.events;
  return [
      several("Kinds of events", config.event_kinds, which.kinds, put(which, "kinds", save)),
      "by", several("Media", config.media, which.medium, put(which, "medium", save), { empty: "any medium" }),
      choice("Where", PLACES, which.where ?? "both", put(which, "where", save)),
      ...windowControls(which, save), ...measured(node, save),
    ];
  }
  
  function contacted(node, save) {
  return [
    "by", several("Channels", config.channels, node.contacted.channels, put(node.contacted, "channels", save), { empty: "any channel" }),
    ...windowControls(node.contacted, save), ...measured(node, save),
  ];
}

function responded(node, save) {
  return [
    several("Answers", config.responses, node.responded.kinds, put(node.responded, "kinds", save), { empty: "opened, clicked, redeemed" }),
    "to", several("Channels", config.channels, node.responded.channels, put(node.responded, "channels", save), { empty: "any channel" }),
    ...windowControls(node.responded, save), ...measured(node, save),
  ];
}

const windowControls = (which, save) => [
  "in the last", number("Within days", which.within_days, put(which, "within_days", save), { min: 1, step: 1, placeholder: "all" }), "days, but not in the last", number("Older than days", which.older_than_days, put(which, "older_than_days", save), { min: 1, step: 1, placeholder: "0" }), "days:",
];

function measured(node, save) {
  const box = el("span", { class: "editor-parts" });
  const draw = () => {
    const operators = config.operators.filter((one) => config.number_operators.includes(one.name));
    const operator = operators.find((one) => one.name in node) ?? operators.find((one) => one.name === "at_least");
    const scale = node.measure === "sum_cents" ? 100 : 1; // money is typed in whole units
    const each = (value, change) => (Array.isArray(value) ? value.map(change) : change(value ?? 1));
    const set = (value) => { node[operator.name] = each(value, (one) => Math.round(one * scale)); save(); };
    fill(box,
      choice("Measure", MEASURES, node.measure ?? "count", (name) => { put(node, "measure", save)(name); draw(); }),
      choice("Comparison", operators.map((one) => [one.name, OPERATOR_WORDS[one.name]]), operator.name, (name) => {
        for (const one of operators) delete node[one.name];
        node[name] = { several: [1], pair: [1, 1] }[config.operators.find((one) => one.name === name).shape] ?? 1;
        save();
        draw();
      }),
      operand(operator, { type: "number" }, each(node[operator.name], (one) => one / scale), set),
      scale === 100 ? "EUR" : "");
  };
  draw();
  return [box];
}

const exists = (node, save) => choice("Is it so", IS_THERE, node.exists ?? true, (chosen) => { node.exists = chosen === "true"; save(); });

function identifier(node, save) {
  return [choice("Identifier", config.identifiers, node.identifier, put(node, "identifier", save)), exists(node, save)];
}

function consent(node, save) {
  return [
    choice("Channel", config.channels, node.consent, put(node, "consent", save)), "is valid:", exists(node, save),
    "on the ground of", several("Grounds", config.grounds, node.grounds, put(node, "grounds", save), { empty: "any ground" }),
  ];
}

function objection(node, save) {
  return [
    choice("Channel", config.channels, node.objection, put(node, "objection", save)), "stands:", exists(node, save),
  ];
}

function audience(node, save) {
  return [
    choice("Audience", config.audiences, node.audience, (chosen) => { node.audience = Number(chosen); save(); }),
  ];
}

for (const field of document.querySelectorAll("[data-editor=rule]")) attach(field, drawAll);
