// Of an option only the settings of its channel are shown; what is hidden is not sent. A channel from elsewhere has all.
const CHANNEL = "select[data-settings]";

function show(select) {
    const ofChannel = JSON.parse(select.dataset.settings);
    const named = [...new Set(Object.values(ofChannel).flat()), "more_settings"];
    const own = select.value ? (ofChannel[select.value] ?? named) : [];
    for (const name of named) {
        const field = document.getElementById(`id_${select.name.replace(/channel$/, name)}`);
        const line = field?.closest(`.field-${name}`);
        if (!line) continue;
        const isShown = own.includes(name) || line.querySelector(".errorlist") !== null;
        line.style.display = isShown ? "" : "none";
        field.disabled = !isShown;
    }
}

const all = (root) => root.querySelectorAll(CHANNEL).forEach((select) => select.name.includes("__prefix__") || show(select));
document.addEventListener("change", (event) => event.target.matches(CHANNEL) && show(event.target));
document.addEventListener("formset:added", (event) => all(event.target));
all(document);
