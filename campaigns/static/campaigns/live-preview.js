// The preview beside the editor: a box for each medium asks for itself, so that slow ones hold nobody up.

import { turn } from "./block-list.js";

const QUICK = 350; // milliseconds after the last key
const DARK = /@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)/g;
const PAPER = 1100; // printed pages take longer to set

export function startPreview(live, ask) {
  const boxes = [...live.querySelectorAll(".live-box")];
  const findings = live.querySelector("#live-findings");
  const onPaper = live.querySelector("#live-findings-paper");
  const asked = new Map();
  let listener = () => {};
  let quick = 0;
  let paper = 0;

  const isShown = (box) => !box.hidden;

  /** A newer request for the same box takes the place of an older one. */
  async function render(box) {
    delete box.dataset.stale;
    box.setAttribute("aria-busy", "true");
    const number = (asked.get(box) ?? 0) + 1;
    asked.set(box, number);
    await ask(box.dataset.url, { source: box, target: box.querySelector(".live-inner") });
    if (asked.get(box) !== number) return;
    box.setAttribute("aria-busy", "false");
    live.querySelector(`#live-tab-${box.dataset.medium} .block-flag`).hidden = !box.querySelector(".live-note .problem");
    fit();
  }

  /** Those that can be seen at once; the others when they are turned to. */
  function renew(which) {
    for (const box of boxes.filter(which)) if (isShown(box)) render(box); else box.dataset.stale = "";
  }

  async function check(list) {
    await ask(list.dataset.url, { source: list, target: list, values: { stage: list.dataset.stage } });
    const placed = [...live.querySelectorAll(".live-checks li[data-error]")].filter((one) => one.dataset.number !== "");
    listener(placed.map((one) => ({ number: Number(one.dataset.number), inside: one.dataset.inside, reason: one.dataset.reason })));
  }

  const refresh = () => { check(findings); renew(() => true); check(onPaper); };

  function changed() {
    clearTimeout(quick);
    clearTimeout(paper);
    quick = setTimeout(() => { check(findings); renew((box) => !("paper" in box.dataset)); }, QUICK);
    paper = setTimeout(() => { renew((box) => "paper" in box.dataset); check(onPaper); }, PAPER);
  }

  function show(medium) {
    live.dataset.shown = medium;
    live.closest(".writing").toggleAttribute("data-wide", medium === "all");
    for (const tab of live.querySelectorAll('.live-tabs [role="tab"]')) {
      tab.setAttribute("aria-selected", tab.dataset.medium === medium);
      tab.tabIndex = tab.dataset.medium === medium ? 0 : -1;
    }
    for (const box of boxes) {
      box.hidden = medium !== "all" && box.dataset.medium !== medium;
      if (isShown(box) && ("stale" in box.dataset || !box.querySelector(".live-shown"))) render(box);
    }
    fit();
  }

  /** What a mail says for dark programs is taken for everybody: a frame apart does not learn of the page's own scheme. */
  function darken(box) {
    const isDark = box.dataset.view === "dark";
    for (const frame of box.querySelectorAll(".live-frame.is-page iframe")) {
      if (!frame.dataset.light) frame.dataset.light = frame.srcdoc;
      const wanted = isDark ? frame.dataset.light.replace(DARK, "@media all") : frame.dataset.light;
      if (frame.srcdoc !== wanted) frame.srcdoc = wanted;
    }
  }

  /** Frames are drawn as wide as their medium is and shown as wide as there is room. */
  function fit() {
    for (const box of boxes.filter(isShown)) {
      darken(box);
      for (const frame of box.querySelectorAll(".live-frame.is-page")) {
        const width = { phone: 390 }[box.dataset.view] ?? Math.max(frame.parentElement.clientWidth, 640);
        const scale = Math.min(1, frame.parentElement.clientWidth / width);
        frame.style.setProperty("--width", `${width}px`);
        frame.style.setProperty("--scale", scale);
      }
    }
  }

  function choose(value, label) {
    const who = live.querySelector("#live-who");
    if (![...who.options].some((one) => one.value === value)) who.append(new Option(label, value));
    who.value = value;
    refresh();
  }

  async function find(kind) {
    const place = live.querySelector("#live-people");
    const words = live.querySelector("#live-words").value;
    await ask(live.querySelector("#live-find").dataset.url, { source: place, target: place, values: { find: kind, words } });
    const [first] = place.querySelectorAll("[data-person]");
    if (first && kind !== "words") { choose(first.dataset.person, first.dataset.name); place.replaceChildren(); }
  }

  live.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.find) find(button.dataset.find);
    if (button.dataset.person) { choose(button.dataset.person, button.dataset.name); live.querySelector("#live-people").replaceChildren(); }
    if (button.matches('.live-tabs [role="tab"]')) show(button.dataset.medium);
    if (button.dataset.view) {
      button.closest(".live-box").dataset.view = button.dataset.view;
      for (const one of button.parentElement.children) one.setAttribute("aria-pressed", one === button);
      fit();
    }
  });
  live.addEventListener("change", (event) => { if (event.target.matches("[data-live-control]")) refresh(); });
  live.addEventListener("keydown", (event) => {
    if (event.target.id === "live-words" && event.key === "Enter") { event.preventDefault(); find("words"); }
    const tab = event.target.closest('[role="tab"]');
    if (tab && ["ArrowLeft", "ArrowRight"].includes(event.key)) turn(tab, event.key === "ArrowLeft" ? -1 : 1);
  });
  new ResizeObserver(fit).observe(live);
  return { changed, refresh, onFindings: (heard) => { listener = heard; } };
}
