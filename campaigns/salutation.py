"""How a person, a family or a company is addressed, in German and English.

German follows Duden and the letters of DIN 5008: only the highest title is spoken, Doktor is shortened and Professor is
not, degrees such as Dipl.-Ing. and subjects such as Dr. med. are not spoken. Ranks (Gräfin) and "von" are parts of the name
by law and stay, but for Freiherr, Freifrau, Freiin and Edle, which a salutation leaves out. Nobody's sex is guessed, and
names stand as they were given: WEBER, von der Leyen, McDonald.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from . import languages

UNADDRESSED = "Guten Tag"  # to everybody
FAMILY, COMPANY = "familie", "firma"


@dataclass(frozen=True)
class Phrases:
    words: Mapping[str, str]  # before a name, by form
    dear: Mapping[str, str]
    professor: Mapping[str, str]
    family: str
    company: str
    hello: str  # to a name of which the sex is not known
    nobody: str


SPOKEN: Mapping[str, Phrases] = {
    "de": Phrases(
        words={"frau": "Frau", "herr": "Herr", FAMILY: "Familie"},
        dear={"frau": "Sehr geehrte Frau", "herr": "Sehr geehrter Herr"},
        professor={"frau": "Professorin", "herr": "Professor"},
        family="Sehr geehrte Familie {name}",
        company="Sehr geehrte Damen und Herren",
        hello="Guten Tag {name}",
        nobody=UNADDRESSED,
    ),
    "en": Phrases(
        words={"frau": "Ms", "herr": "Mr", FAMILY: "Family"},
        dear={"frau": "Dear Ms", "herr": "Dear Mr"},
        professor={"frau": "Professor", "herr": "Professor"},
        family="Dear {name} Family",
        company="Dear Sir or Madam",
        hello="Dear {name}",
        nobody="Hello",
    ),
}
FAMILY_NAME = re.compile(r"(?:familie|fam\.|family)\s+(?P<name>\S.*)", re.IGNORECASE)
LEGAL_FORM = re.compile(
    r"(?:^|[\s.,(&-])(?:g?gmbh|mbh|ag|kgaa|kg|ohg|gbr|partg|partgmbb|ug|se|eg|ltd|limited|inc|llc|plc|corp|s\.?à\.?r\.?l"
    r"|e\.\s?v|e\.\s?k|e\.\s?kfr|e\.\s?g)\.?\)?(?:\s*\([^)]*\))?$",
    re.IGNORECASE,
)
PROFESSOR = re.compile(r"(?:^|[\s-])prof(?:essor(?:in)?)?\b\.?", re.IGNORECASE)
DOCTOR = re.compile(r"(?:^|[\s-])(?:dr\b|doktor(?:in)?\b|ph\.?\s?d\b)", re.IGNORECASE)
UNSPOKEN = re.compile(
    r"(?<![a-zäöüß])(?:(?:dipl|mag|ing|bakk|lic|ba|ma|bsc|msc|mba|llm|llb)(?![a-zäöüß])|b\.\s?a|m\.\s?a|b\.\s?sc|m\.\s?sc|b\.\s?eng"
    r"|m\.\s?eng|ll\.\s?m|ll\.\s?b)[^\s,]*",
    re.IGNORECASE,
)
IN_BRACKETS = re.compile(r"\([^)]*\)")
RANKS = frozenset(
    {
        *(
            "graf",
            "gräfin",
            "prinz",
            "prinzessin",
            "fürst",
            "fürstin",
            "herzog",
            "herzogin",
            "baron",
            "baronin",
            "ritter",
        ),
        *("baronesse", "markgraf", "markgräfin", "landgraf", "landgräfin", "reichsgraf", "reichsgräfin", "erbprinz"),
    }
)
UNSPOKEN_RANKS = frozenset({"freiherr", "freifrau", "freiin", "freiherrn", "edle", "edler", "edlen"})


def word(form: str, *, language: str) -> str:
    """Frau, Herr, Familie, Ms, Mr; empty when unknown, and for companies."""
    return _phrases(language).words.get(form, "")


def line(form: str, *, title: str = "", first_name: str = "", last_name: str = "", language: str = "de") -> str:
    """The first line of a letter without its comma; never empty.

    `form` is frau, herr, familie, firma or empty. A company is addressed by its contact person where one is named (form
    firma, first and last name); one that stands as the last name is recognised by its legal form.
    """
    spoken = _phrases(language)
    title, first_name, last_name = _squeezed(title), _squeezed(first_name), _squeezed(last_name)
    if is_company(last_name) or (form == COMPANY and not (first_name and last_name)):
        return spoken.company
    if family := _family(form, first_name, last_name):
        return spoken.family.format_map({"name": family})
    ranks = _ranks(title)
    if form in spoken.dear and last_name:
        return _formal(form, title, _joined(*ranks, _spoken_name(last_name)), language)
    name = _joined(_neutral(title), first_name, *ranks, last_name)
    return spoken.hello.format_map({"name": name}) if name else spoken.nobody


def is_company(last_name: str) -> bool:
    """Whether a name ends in a legal form: Weber GmbH & Co. KG."""
    return not last_name.isalpha() and LEGAL_FORM.search(last_name) is not None


def _squeezed(name: str) -> str:
    """Without needless blanks."""
    return name if name.isalpha() else " ".join(name.split())


def _formal(form: str, title: str, name: str, language: str) -> str:
    """German keeps Frau beside a title; English drops Ms for it."""
    spoken, said = _phrases(language), _title(form, title, language)
    if spoken is SPOKEN["en"] and (said or name.split()[0].lower() in RANKS):
        return _joined("Dear", said, name)
    return _joined(spoken.dear[form], said, name)


@lru_cache(maxsize=256)
def _title(form: str, title: str, language: str) -> str:
    """The highest one, as it is spoken."""
    if PROFESSOR.search(title):
        return _phrases(language).professor[form]
    return _neutral(title)


@lru_cache(maxsize=256)
def _neutral(title: str) -> str:
    """The highest one, where the sex is not known or does not matter."""
    if PROFESSOR.search(title):
        return "Prof."
    if DOCTOR.search(title):
        return "Dr."
    others = UNSPOKEN.sub("", IN_BRACKETS.sub("", title)).replace(",", " ").split()
    return " ".join(one for one in others if one.lower() not in (*RANKS, *UNSPOKEN_RANKS))


@lru_cache(maxsize=256)
def _ranks(title: str) -> tuple[str, ...]:
    """Ranks that stand among the titles; spoken behind them, as parts of the name."""
    return tuple(one for one in title.split() if one.lower() in RANKS)


def _spoken_name(last_name: str) -> str:
    """Without the ranks that a salutation leaves out, if something of the name is left."""
    if last_name.isalpha():
        return last_name
    kept = [one for one in last_name.split() if one.lower() not in UNSPOKEN_RANKS]
    return " ".join(kept) or last_name


def _family(form: str, first_name: str, last_name: str) -> str:
    """The name of a family, or nothing."""
    if not last_name.isalpha() and (found := FAMILY_NAME.fullmatch(last_name)):
        return found["name"]
    return last_name if form == FAMILY or first_name.lower() in ("familie", "fam.", "family") else ""


def _phrases(language: str) -> Phrases:
    return SPOKEN[languages.chosen(language, SPOKEN)]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
