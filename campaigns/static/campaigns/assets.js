// The asset library: files dropped on the page, alternative texts written in the grid, and the focal point with its crops.

import { el } from "./editor.js";

const post = async (form, body) => {
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
  return answer.json().catch(() => ({ error: `The server answered ${answer.status}.` }));
};

/** One request a file, so that a broken one keeps none of the others up. */
async function upload(form, files) {
  const list = form.querySelector(".asset-progress");
  let kept = 0, refused = 0;
  for (const file of files) {
    const line = el("li", {}, `${file.name}: uploading …`);
    list.append(line);
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("file", file);
    const said = await post(form, body).catch(() => ({ error: "The server cannot be reached." }));
    const error = said.error ?? said.errors?.[0]?.error;
    line.textContent = `${file.name}: ${error ?? "kept"}`;
    line.classList.toggle("problem", Boolean(error));
    if (error) refused += 1; else kept += 1;
  }
  if (kept && !refused) location.href = form.dataset.done;
  else if (kept) list.append(el("li", {}, el("a", { class: "plain-link", href: form.dataset.done }, "Go on to the alternative texts of those that were kept")));
}

function attachDrop(form) {
  const chosen = form.querySelector("input[type=file]");
  form.addEventListener("submit", (event) => { event.preventDefault(); upload(form, [...chosen.files]); });
  for (const kind of ["dragenter", "dragover"]) form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("is-over"); });
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => form.classList.remove("is-over"));
  form.addEventListener("drop", (event) => { event.preventDefault(); upload(form, [...event.dataTransfer.files]); });
}

function attachDescribe(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = await post(form, new FormData(form)).catch(() => ({ error: "The server cannot be reached." }));
    if (said.error) form.querySelector(".problem").textContent = said.error;
    else form.replaceWith(el("p", { class: "text-sm", role: "status" }, "Described; ready to be used."));
  });
}

/** As campaigns.assets.crops.window: the point in the middle of the part, or as near to it as the edges allow. */
function place(whole, part, share) {
  if (whole <= part) return 50;
  return (100 * Math.min(Math.max(0, whole * share - part / 2), whole - part)) / (whole - part);
}

function attachFocus(box) {
  const [width, height] = [Number(box.dataset.width), Number(box.dataset.height)];
  const [x, y] = ["focal_x", "focal_y"].map((name) => document.querySelector(`[name=${name}]`));
  const point = box.querySelector(".focal-point");
  const picture = box.querySelector(".focal-picture img");
  if (!x || !y) return;
  const at = () => [x, y].map((field) => Math.min(1, Math.max(0, Number(field.value) || 0)));
  function show() {
    const [left, top] = at();
    point.style.left = `${left * 100}%`;
    point.style.top = `${top * 100}%`;
    point.setAttribute("aria-label", `Focal point: ${Math.round(left * 100)} % from the left, ${Math.round(top * 100)} % from the top. Arrow keys move it.`);
    for (const crop of box.querySelectorAll(".asset-crops img")) {
      const scale = Math.min(width / crop.dataset.width, height / crop.dataset.height);
      crop.style.objectPosition = `${place(width, crop.dataset.width * scale, left)}% ${place(height, crop.dataset.height * scale, top)}%`;
    }
  }
  function move(left, top) {
    for (const [field, share] of [[x, left], [y, top]]) {
      field.value = Math.min(1, Math.max(0, share)).toFixed(3);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    show();
  }
  picture.addEventListener("click", (event) => {
    const area = picture.getBoundingClientRect();
    move((event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
    point.focus();
  });
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  point.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? 0.1 : 0.01;
    const [left, top] = at();
    move(left + step[0] * far, top + step[1] * far);
  });
  for (const field of [x, y]) field.addEventListener("input", show);
  show();
}

document.querySelectorAll("form.asset-drop").forEach(attachDrop);
document.querySelectorAll("form.asset-describe").forEach(attachDescribe);
document.querySelectorAll(".asset-focus").forEach(attachFocus);
