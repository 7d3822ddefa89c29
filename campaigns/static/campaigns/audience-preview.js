// Says, while a rule is being written, what it means and about how many customers it matches.

import { el } from "./editor.js";

const card = document.getElementById("audience-preview");
const area = document.querySelector("[data-editor=rule] textarea");
const PAUSE = 500; // milliseconds without a key

async function ask(want) {
  const body = new FormData();
  body.append("rule", area ? area.value : document.getElementById("audience-rule").textContent);
  body.append("want", want);
  body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  try {
    const answer = await fetch(card.dataset.url, { method: "POST", body });
    return answer.ok ? await answer.json() : { error: `The server answered ${answer.status}.` };
  } catch {
    return { error: "The server cannot be reached." };
  }
}

const part = (name) => card.querySelector(`[data-part=${name}]`);
const whole = (number) => number.toLocaleString("en");
let latest = 0;

async function estimate() {
  const mine = ++latest;
  card.setAttribute("aria-busy", "true");
  const found = await ask("estimate");
  if (mine !== latest) return; // another one was asked for meanwhile
  card.removeAttribute("aria-busy");
  part("error").textContent = found.error ?? "";
  if (found.error) return;
  part("count").textContent = found.exact ? whole(found.count) : `about ${whole(found.count)}`;
  part("range").textContent = found.exact ? "customers match now" : `customers match, between ${whole(found.low)} and ${whole(found.high)}`;
  part("words").textContent = found.words;
}

async function show(want, draw) {
  const found = await ask(want);
  part("more").replaceChildren(found.error ? el("p", { class: "problem" }, found.error) : draw(found));
}

const cells = (tag, ...texts) => texts.map((text) => el(tag, {}, text));

function customers({ customers: rows }) {
  if (!rows.length) return el("p", {}, "Nobody matches.");
  const named = rows.some((row) => row.name);
  const head = ["Customer", ...(named ? ["Name"] : []), "Stage", "Postcode"];
  return el("table", { class: "plain-table" },
    el("thead", {}, el("tr", {}, cells("th", ...head))),
    el("tbody", {}, rows.map((row) => el("tr", {},
      el("td", {}, row.url ? el("a", { class: "plain-link", href: row.url }, row.number) : row.number),
      named ? el("td", {}, row.name) : null, cells("td", row.stage, row.postcode)))));
}

if (card) {
  let timer;
  area?.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(estimate, PAUSE); });
  card.querySelector("[name=show_sample]").addEventListener("click", () => show("sample", customers));
  card.querySelector("[name=show_sql]").addEventListener("click", () => show("sql", ({ sql }) => el("pre", { class: "code" }, sql)));
  estimate();
}
