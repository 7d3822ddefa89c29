// Says above the map what the area under the pointer is; with the map focused, arrow keys go from area to area.
const box = document.querySelector(".area-map-box");
const told = document.querySelector(".area-told");
if (box && told) {
    const spots = [...box.querySelectorAll(".spot")].sort((a, b) => place(a).x - place(b).x || place(a).y - place(b).y);
    let at = -1;
    box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2; // a narrow window begins in the middle
    const above = box.querySelector(".label, .ruler");
    const tell = (spot) => {
        if (spot.classList.contains("is-told")) return;
        box.querySelector(".is-told")?.classList.remove("is-told");
        spot.classList.add("is-told");
        const drawn = spot.closest("a") ?? spot;
        drawn.parentNode.insertBefore(drawn, above); // above its neighbours, whose edges would hide its own
        told.textContent = spot.dataset.said;
        at = spots.indexOf(spot);
    };
    function place(spot) {
        const { x, y } = spot.getBBox();
        return { x, y };
    }
    box.addEventListener("mouseover", (event) => event.target.matches(".spot") && tell(event.target));
    box.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step && spots.length) {
            event.preventDefault();
            tell(spots[(at + step + spots.length) % spots.length]);
        } else if (event.key === "Enter" && at >= 0) {
            spots[at].closest("a")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        }
    });
}
