// The cards in their order: added, copied, moved by drag, buttons and keys, folded, removed and brought back.

const LOGGED_OUT = "You are logged out. Log in in another tab, then go on here: nothing is lost.";

export function startBlocks(editor, { ask, say, changed }) {
  const list = editor.querySelector("#block-list");
  const forms = editor.querySelector("#blocks-forms");
  const json = editor.querySelector("#blocks-json");
  const area = document.getElementById(editor.dataset.area);
  const as = editor.querySelector("#blocks-as");
  const url = (name) => editor.dataset[`url${name[0].toUpperCase()}${name.slice(1)}`];
  const cards = () => [...list.querySelectorAll(".block-card:not([data-removed])")];
  const name = (card) => `${card.dataset.label} ${card.dataset.id}`;

  function show(asForms) {
    as.value = asForms ? "forms" : "";
    forms.hidden = !asForms;
    json.hidden = asForms;
    json.querySelector("#as-forms").hidden = asForms;
  }

  function arrange() {
    editor.querySelector(".block-none").hidden = cards().length > 0;
    const all = cards();
    all.forEach((card, at) => {
      card.querySelector('[data-verb="up"]')?.toggleAttribute("disabled", at === 0);
      card.querySelector('[data-verb="down"]')?.toggleAttribute("disabled", at === all.length - 1);
    });
  }

  function settle() {
    arrange();
    changed();
  }

  /** `taken`: ids of blocks that could be brought back, too. */
  const taken = () => [...list.querySelectorAll(".block-card")].map((card) => card.dataset.id);

  async function add(values, target, swap, from) {
    await ask(url(from), { target, swap, values: { ...values, taken: taken() } });
    const made = list.querySelector("[data-new]");
    if (!made) return;
    made.removeAttribute("data-new");
    settle();
    made.scrollIntoView({ block: "nearest" });
    (made.querySelector(".block-layer input:not([type=hidden]), .block-layer textarea") ?? made.querySelector(".block-fold")).focus();
    say(`${name(made)} is added as block ${cards().indexOf(made) + 1} of ${cards().length}.`);
  }

  function move(card, by, focus) {
    const all = cards();
    const other = all[all.indexOf(card) + by];
    if (!other) { say(`${name(card)} is ${by < 0 ? "the first" : "the last"} already.`); return; }
    if (by < 0) other.before(card); else other.after(card);
    told(card);
    if (focus && !focus.disabled) focus.focus(); else card.querySelector(".block-fold").focus();
  }

  function told(card) {
    settle();
    say(`${name(card)} is block ${cards().indexOf(card) + 1} of ${cards().length} now.`);
  }

  /** It stays in the page, switched off, until the content is saved. */
  function remove(card) {
    card.dataset.removed = "";
    card.querySelector(".block-fieldset").disabled = true;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "plain-button";
    undo.textContent = "Undo";
    undo.onclick = () => {
      delete card.dataset.removed;
      card.querySelector(".block-fieldset").disabled = false;
      gone.remove();
      settle();
      card.querySelector(".block-fold").focus();
      say(`${name(card)} is back.`);
    };
    const gone = document.createElement("div");
    gone.className = "block-gone";
    gone.append(`${name(card)} is removed. `, undo);
    card.append(gone);
    settle();
    undo.focus();
    say(`${name(card)} is removed. Undo brings it back.`);
  }

  async function redraw(card, values, tab) {
    const { key } = card.dataset;
    await ask(url("redraw"), { target: card, swap: "outerHTML", values: { ...values, key } });
    const drawn = list.querySelector(`[data-key="${key}"]`);
    settle();
    requestAnimationFrame(() => {
      drawn.dispatchEvent(new CustomEvent("open-tab", { detail: tab }));
      requestAnimationFrame(() => drawn.querySelector(`[data-panel="${tab}"] input:not([type=hidden]), [data-panel="${tab}"] textarea`)?.focus());
    });
  }

  const verbs = {
    add: (button) => add({ type: button.dataset.type }, list, "beforeend", "add"),
    duplicate: (button, card) => add({ key: card.dataset.key }, card, "afterend", "duplicate"),
    up: (button, card) => move(card, -1, button),
    down: (button, card) => move(card, 1, button),
    remove: (button, card) => remove(card),
    row: async (button, card) => {
      const rows = card.querySelector(".block-rows");
      await ask(url("row"), { target: rows, swap: "beforeend", values: { key: card.dataset.key } });
      rows.lastElementChild?.querySelector("select")?.focus();
      changed();
    },
    "drop-row": (button) => { button.closest(".block-row").remove(); changed(); },
    "fold-all": (button) => {
      const folded = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", folded);
      button.textContent = folded ? "Unfold all" : "Fold all";
      window.dispatchEvent(new CustomEvent("fold", { detail: folded }));
    },
    "as-json": async () => {
      const form = new FormData(editor.closest("form"));
      const answer = await fetch(url("json"), { method: "POST", body: form });
      if (!answer.ok || answer.redirected) { say("The JSON cannot be had now. Nothing is lost; try again."); return; }
      area.value = JSON.stringify(await answer.json(), null, 2);
      show(false);
      area.focus();
    },
    "as-forms": async () => {
      const problem = editor.querySelector("#blocks-json-problem");
      const answer = await fetch(url("forms"), { method: "POST", body: new FormData(editor.closest("form")) });
      const text = await answer.text();
      problem.hidden = answer.ok && !answer.redirected;
      if (!problem.hidden) { problem.textContent = answer.status === 422 ? text : "The blocks cannot be drawn now. Nothing is lost; try again."; return; }
      htmx.swap(list, text, { swapStyle: "innerHTML" });
      show(true);
      settle();
    },
  };

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("[data-verb]");
    if (button && verbs[button.dataset.verb]) verbs[button.dataset.verb](button, button.closest(".block-card"));
    const drop = event.target.closest("[data-drop]");
    if (drop) redraw(drop.closest(".block-card"), { list: drop.dataset.drop, drop: drop.dataset.value }, "at");
  });
  editor.addEventListener("change", (event) => {
    const more = event.target.closest("select[data-redraw]");
    if (!more || !more.value) return;
    const card = more.closest(".block-card");
    const tab = `${more.dataset.list.slice(card.dataset.key.length + 1)}-${more.value}`;
    redraw(card, { list: more.dataset.list, put: more.value }, tab);
  });
  editor.addEventListener("blocks-moved", (event) => {
    const card = list.querySelector(`[data-key="${event.detail.key}"]`);
    if (card) told(card);
  });
  editor.addEventListener("keydown", (event) => {
    const card = event.target.closest(".block-card");
    if (card && event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      move(card, event.key === "ArrowUp" ? -1 : 1, event.target);
    }
    const tab = event.target.closest('[role="tab"]');
    if (tab && ["ArrowLeft", "ArrowRight"].includes(event.key)) turn(tab, event.key === "ArrowLeft" ? -1 : 1);
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const { status, responseText } = event.detail.xhr;
    // Without its cookies a page is refused like this; whoever opened it could write.
    if (status === 403) say(LOGGED_OUT);
    else say(status === 422 ? responseText : `The server answered ${status}. Nothing is lost; try again.`);
  });
  document.body.addEventListener("htmx:sendError", () => say("The server cannot be reached. Nothing is lost; try again."));
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.xhr.responseURL.includes("/login/")) return;
    event.detail.shouldSwap = false;
    say(LOGGED_OUT);
  });

  show(!json.hasAttribute("data-unreadable"));
  arrange();
}

/** The neighbour of a tab is opened and gets the focus. */
export function turn(tab, by) {
  const all = [...tab.closest('[role="tablist"]').querySelectorAll('[role="tab"]')];
  const next = all[(all.indexOf(tab) + by + all.length) % all.length];
  next.click();
  next.focus();
}
