/* Fills <div data-steering-slot="300x250"></div> with this visitor's banner; leaves the page as it is when there is none.

   <script async src="https://…/banner/script.js" data-email-sha256="…"></script>
   data-email-sha256 is optional: SHA-256 of the signed-in visitor's address, trimmed and in lower case. */
(() => {
  "use strict";
  const own = document.currentScript;
  const base = new URL(own.src).origin;
  const hash = own.dataset.emailSha256 || "";
  const VISIBLE_SHARE = 0.5; // an impression: half of it in view for a second, as the Media Rating Council counts
  const VISIBLE_MS = 1000;

  const decide = async (slot) => {
    const url = new URL("/banner/decide", base);
    url.searchParams.set("slot", slot);
    if (hash) url.searchParams.set("h", hash);
    const response = await fetch(url, { credentials: "include", referrerPolicy: "no-referrer" });
    return response.status === 200 ? response.json() : null;
  };

  const frame = (banner) => {
    const [width, height] = banner.slot.split("x");
    const element = document.createElement("iframe");
    element.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox"); // no script, no access to the page
    element.width = width;
    element.height = height;
    element.title = "Advertisement";
    element.style.border = "0";
    element.scrolling = "no";
    element.srcdoc = `<base target="_blank">${banner.html}`;
    return element;
  };

  const countImpression = (element, url) => {
    let timer = 0;
    const observer = new IntersectionObserver(([entry]) => {
      clearTimeout(timer);
      if (!entry.isIntersecting) return;
      timer = setTimeout(() => {
        observer.disconnect();
        new Image().src = url;
      }, VISIBLE_MS);
    }, { threshold: VISIBLE_SHARE });
    observer.observe(element);
  };

  const fill = async (place) => {
    const banner = await decide(place.dataset.steeringSlot);
    if (!banner) return;
    const element = frame(banner);
    place.replaceChildren(element);
    countImpression(element, banner.impression_url);
  };

  const start = () => {
    for (const place of document.querySelectorAll("[data-steering-slot]")) {
      fill(place).catch(() => {}); // a page must look right without us
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
