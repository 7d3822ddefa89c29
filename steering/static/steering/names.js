/* Names, for whoever hears a page, of what the theme only shows: searches, cells of rows, dates in two parts, icons. */

const FIELDS = "input:not([type=hidden]), select, textarea";

function give(element, words) {
    if (words && !element.labels?.length && !element.hasAttribute("aria-label")) {
        element.setAttribute("aria-label", words.trim());
    }
}

function labelOf(part) {
    return part.closest(".field-line")?.querySelector("label")?.innerText ?? "";
}

function nameAll() {
    const each = (selector, words) => document.querySelectorAll(selector).forEach((one) => give(one, words(one)));
    each("#searchbar", (search) => search.placeholder);
    each("#searchbar-submit", () => "Search");
    each("a.related-lookup", () => "Choose");
    each("a:has(> .date-icon), a:has(> .clock-icon)", (link) => link.firstElementChild.title);
    each(".datetime input, .select2-search__field", (part) => `${labelOf(part)} ${part.placeholder}`);
    each(`td[data-label] :is(${FIELDS})`, (field) => field.closest("td").dataset.label);
}

// After the theme's own scripts have put their icons in.
addEventListener("load", () => setTimeout(nameAll));
document.addEventListener("formset:added", nameAll);
