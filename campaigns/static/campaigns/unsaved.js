// Who leaves with something unsaved is asked first, and nothing is sent to a server that would not take it.

export function startGuard(form, say) {
  const written = () => {
    const data = new FormData(form);
    for (const name of ["who", "spoken", "csrfmiddlewaretoken"]) data.delete(name);
    for (const name of [...data.keys()]) if (name.endsWith("-was")) data.delete(name);
    return new URLSearchParams(data).toString();
  };
  let saved = written();
  let isSure = false;
  const isChanged = () => written() !== saved;

  /** Empty if the server is there and knows who asks. */
  async function obstacle() {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
    if (!answer) return "The server cannot be reached. Nothing is lost; try again.";
    return answer.type === "opaqueredirect" ? "You are logged out. Log in in another tab, then save here: nothing is lost." : "";
  }

  /** Who has logged in again in another tab has another token since. */
  function renew() {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    if (token) form.querySelector("[name=csrfmiddlewaretoken]").value = token;
  }

  form.addEventListener("submit", async (event) => {
    if (isSure) return;
    event.preventDefault();
    const { submitter } = event;
    const said = await obstacle();
    if (said) { say(said); document.getElementById("block-said").scrollIntoView({ block: "center" }); return; }
    isSure = true;
    renew();
    form.requestSubmit(submitter);
  });
  window.addEventListener("focus", renew);
  window.addEventListener("beforeunload", (event) => { if (!isSure && isChanged()) event.preventDefault(); });
  // What came back with errors was not saved either, nor what is taken up from a draft.
  if (document.querySelector("#content-main .errors, #content-main .errornote, .writing-theirs, #draft-open")) saved = "";
  return { written };
}
