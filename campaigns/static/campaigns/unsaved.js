// Who leaves with something unsaved is asked first.

export function startGuard(form) {
  const written = () => {
    const data = new FormData(form);
    for (const name of ["who", "spoken", "csrfmiddlewaretoken"]) data.delete(name);
    for (const name of [...data.keys()]) if (name.endsWith("-was")) data.delete(name);
    return new URLSearchParams(data).toString();
  };
  let saved = written();
  let isLeaving = false;
  const isChanged = () => written() !== saved;
  form.addEventListener("submit", () => { isLeaving = true; });
  window.addEventListener("beforeunload", (event) => { if (!isLeaving && isChanged()) event.preventDefault(); });
  // What came back with errors was not saved either.
  if (document.querySelector("#content-main .errors, #content-main .errornote, .writing-theirs")) saved = "";
  return { check: () => document.body.toggleAttribute("data-unsaved", isChanged()) };
}
