"""How a person is addressed, in German and English."""

from collections.abc import Mapping

UNADDRESSED = "Guten Tag"  # to everybody
FORMS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "de": {"frau": ("Frau", "Sehr geehrte Frau"), "herr": ("Herr", "Sehr geehrter Herr")},
    "en": {"frau": ("Ms", "Dear Ms"), "herr": ("Mr", "Dear Mr")},
}


def word(form: str, *, language: str) -> str:
    """Frau, Herr, Ms, Mr; empty when unknown."""
    return FORMS[_spoken(language)].get(form, ("", ""))[0]


def line(form: str, *, title: str = "", first_name: str = "", last_name: str = "", language: str = "de") -> str:
    """The first line of a letter without its comma; never empty. Nobody's sex is guessed from a name."""
    spoken = _spoken(language)
    if form in FORMS[spoken] and last_name:
        return _formal(form, title, last_name, spoken)
    name = _joined(title, first_name, last_name)
    if spoken == "en":
        return f"Dear {name}" if name else "Hello"
    return f"Guten Tag {name}" if name else UNADDRESSED


def _formal(form: str, title: str, last_name: str, spoken: str) -> str:
    """German keeps Frau beside a title; English drops Ms for it."""
    if spoken == "en" and title:
        return _joined("Dear", title, last_name)
    return _joined(FORMS[spoken][form][1], title, last_name)


def _spoken(language: str) -> str:
    return "en" if language.lower().startswith("en") else "de"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
