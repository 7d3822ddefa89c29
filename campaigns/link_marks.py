"""How a campaign marks its links for web analytics: query parameters by a convention that staff write, never anything personal.

utm_source=newsletter&utm_medium={channel}&utm_campaign={campaign_name}-{wave}&utm_content={block}
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.utils.text import slugify

# None of them says who somebody is.
PLACES = ("channel", "campaign", "campaign_name", "wave", "content", "block")
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
PLACE = re.compile(r"\{(\w*)\}")
MOST = 10
LONGEST = 300


def validate(convention: str) -> None:
    """Raises ValidationError that says what is wrong where."""
    pairs = parse_qsl(convention, keep_blank_values=True)
    if convention.strip() != convention or len(pairs) != convention.count("&") + 1:
        raise ValidationError("must be like utm_source=news&utm_medium={channel}")
    if len(pairs) > MOST:
        raise ValidationError(f"has {len(pairs)} parameters, at most {MOST} are sensible")
    for name, value in pairs:
        _validate_one(name, value)
    if len(dict(pairs)) < len(pairs):
        raise ValidationError("names a parameter twice")


def _validate_one(name: str, value: str) -> None:
    if not NAME.fullmatch(name):
        raise ValidationError(f"“{name[:40]}” must be small letters, digits and _")
    unknown = [place for place in PLACE.findall(value) if place not in PLACES]
    if unknown:
        raise ValidationError(f"{name}: there is no {{{unknown[0]}}}, only {', '.join(f'{{{one}}}' for one in PLACES)}")
    if "{" in PLACE.sub("", value) or "}" in PLACE.sub("", value):
        raise ValidationError(f"{name}: a brace is not closed")
    if not value:
        raise ValidationError(f"{name} says nothing")


def marked(url: str, convention: str, values: Mapping[str, str]) -> str:
    """The URL with what the convention says."""
    return with_marks(url, {name: _filled(value, values) for name, value in _pairs(convention)})


def with_marks(url: str, marks: Mapping[str, str]) -> str:
    """The URL with more query parameters; its own ones win, and they and what follows the # stay as they are."""
    parts = urlsplit(url)
    own = dict(parse_qsl(parts.query, keep_blank_values=True))
    added = urlencode({name: value for name, value in marks.items() if name not in own})
    return urlunsplit(parts._replace(query="&".join(part for part in (added, parts.query) if part)))


@lru_cache(maxsize=256)
def _pairs(convention: str) -> tuple[tuple[str, str], ...]:
    return tuple(parse_qsl(convention, keep_blank_values=True))


def _filled(value: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda found: values.get(found[1], ""), value)


def name_in_links(name: str) -> str:
    """A campaign's name as it stands in a link: small letters, digits and -."""
    german = name.translate(
        str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue", "ß": "ss"})
    )
    return slugify(german)[:60]
