"""What a browser makes of a page with forms: the data that it would send back, if nobody touched anything."""

from html.parser import HTMLParser

from django.http import QueryDict


class _Controls(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.data: list[tuple[str, str]] = []
        self._select = self._area = ""
        self._options: list[tuple[str, bool]] = []
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("name"):
            self._input(given)
        elif tag == "textarea":
            self._area, self._text = given.get("name", ""), ""
        elif tag == "select":
            self._select, self._options = given.get("name", ""), []
        elif tag == "option":
            self._options.append((given.get("value", ""), "selected" in given))

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind == "checkbox" and "checked" not in given:
            return
        value = given.get("value", "on" if kind == "checkbox" else "")
        if kind != "hidden":
            value = value.replace("\r", "").replace("\n", "")  # one line stays one line
        self.data.append((given["name"], value))

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            text = self._text.replace("\r\n", "\n").replace("\r", "\n")
            self.data.append((self._area, text.removeprefix("\n").replace("\n", "\r\n")))
            self._area = ""
        elif tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.data.append((self._select, chosen[-1]))


def sent_back(html: str, **more: str) -> QueryDict:
    """`more` are controls whose value was changed."""
    parser = _Controls()
    parser.feed(html)
    made = QueryDict(mutable=True)
    for name, value in parser.data:
        made.appendlist(name, value)
    for name, value in more.items():
        made[name] = value
    return made
