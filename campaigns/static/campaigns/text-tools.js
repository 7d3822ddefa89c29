// Tools for writing in a field: Markdown, fields of the customer, how long it is, images.

const MARKS = { bold: ["**", "**"], italic: ["*", "*"] };
const KEYS = { b: "bold", i: "italic", k: "link" };

export function startTextTools(editor, changed) {
  const picker = editor.querySelector("#field-picker");
  let field = null; // where a placeholder goes

  const control = (element) => element.closest(".block-field")?.querySelector("input:not([type=hidden]):not([type=file]):not([type=checkbox]), textarea");

  function put(into, text, from, to) {
    into.focus();
    into.setRangeText(text, from ?? into.selectionStart, to ?? into.selectionEnd, "end");
    into.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function mark(into, kind) {
    const { selectionStart: from, selectionEnd: to, value } = into;
    const chosen = value.slice(from, to);
    if (kind === "list") { listed(into, from, to); return; }
    if (kind === "link") {
      put(into, `[${chosen || "text"}](https://)`);
      const end = into.selectionEnd - 1;
      into.setSelectionRange(end - "https://".length, end);
      return;
    }
    const [open, close] = MARKS[kind];
    const inner = chosen.trim() || "text";
    const around = chosen ? chosen.split(inner) : ["", ""];
    put(into, `${around[0]}${open}${inner}${close}${around[1] ?? ""}`);
    if (!chosen) into.setSelectionRange(from + open.length, from + open.length + inner.length);
  }

  /** Every chosen line begins with a dash, or none does any more. */
  function listed(into, from, to) {
    const start = into.value.lastIndexOf("\n", from - 1) + 1;
    const end = to + (into.value.slice(to).split("\n")[0] ?? "").length;
    const lines = into.value.slice(start, end).split("\n");
    const isList = lines.every((line) => line.startsWith("- "));
    const before = !isList && start > 0 && into.value[start - 2] !== "\n" ? "\n" : "";
    put(into, before + lines.map((line) => (isList ? line.slice(2) : `- ${line}`)).join("\n"), start, end);
  }

  function pick(into) {
    field = into;
    picker.querySelector("#field-picker-fallback").value = "";
    otherwise();
    picker.showModal();
    picker.querySelector("select").focus();
  }

  const chosen = () => picker.querySelector("select").selectedOptions[0];
  const otherwise = () => { picker.querySelector("#field-picker-otherwise").hidden = !chosen()?.hasAttribute("data-may-be-empty"); };

  function insert() {
    const one = chosen();
    picker.close();
    if (!one || !field) return;
    const instead = picker.querySelector("#field-picker-fallback").value.replace(/["\\{}]/g, "");
    put(field, one.hasAttribute("data-may-be-empty") ? `{{ ${one.value} | fallback("${instead}") }}` : `{{ ${one.value} }}`);
  }

  function count(into) {
    const slot = into.closest(".block-field")?.querySelector("[data-count]");
    if (!slot) return;
    const most = Number(slot.dataset.count);
    slot.textContent = into.value.length > most * 0.7 ? `${into.value.length} of ${most}` : "";
    slot.classList.toggle("is-over", into.value.length > most);
  }

  function showImage(into) {
    const shown = into.closest(".block-image")?.querySelector("[data-image]");
    if (!shown) return;
    const isSource = /^(media|static)\/\S+$/.test(into.value);
    shown.hidden = !isSource;
    if (isSource) shown.src = `/${into.value}`;
  }

  async function upload(input) {
    const into = input.closest(".block-image").querySelector("input:not([type=file])");
    const body = new FormData();
    body.append("image", input.files[0]);
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(editor.dataset.urlImage, { method: "POST", body });
    const said = await answer.json().catch(() => ({ error: `The server answered ${answer.status}.` }));
    const problem = input.closest(".block-field").querySelector("[data-problem-of]");
    problem.textContent = said.error ?? "";
    problem.hidden = !said.error;
    input.value = "";
    if (said.source) put(into, said.source, 0, into.value.length);
  }

  /** A field where nothing shall stand cannot be written in. */
  function nothing(box) {
    const into = control(box);
    into.disabled = box.checked;
  }

  editor.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.mark) mark(control(button), button.dataset.mark);
    else if (button.dataset.verb === "pick") pick(control(button));
    else if (button.dataset.verb === "picker-insert") insert();
    else if (button.dataset.verb === "picker-close") picker.close();
  });
  editor.addEventListener("keydown", (event) => {
    if (picker.contains(event.target)) {
      if (event.key === "Enter") { event.preventDefault(); insert(); }
      return;
    }
    const kind = (event.ctrlKey || event.metaKey) && !event.altKey && KEYS[event.key.toLowerCase()];
    if (kind && event.target.matches('textarea[data-kind="markdown"]')) { event.preventDefault(); mark(event.target, kind); }
    if (event.key === "Enter" && event.target.matches(".block-card input")) event.preventDefault(); // it would save the content
  });
  editor.addEventListener("input", (event) => { count(event.target); showImage(event.target); });
  editor.addEventListener("shown", (event) => showImage(event.target));
  editor.addEventListener("change", (event) => {
    if (event.target.matches("[data-upload]") && event.target.files.length) upload(event.target);
    if (event.target.closest(".block-nothing")) { nothing(event.target); changed(); }
  });
  picker.querySelector("select").addEventListener("change", otherwise);
  picker.querySelector("select").addEventListener("dblclick", insert);
  const prepare = (within) => {
    for (const into of within.querySelectorAll("[data-longest]")) count(into);
    for (const into of within.querySelectorAll("[data-kind=image]")) showImage(into);
    for (const box of within.querySelectorAll(".block-nothing input:checked")) nothing(box);
  };
  prepare(editor);
  htmx.onLoad((made) => { if (editor.contains(made)) prepare(made.parentElement ?? made); });
}
