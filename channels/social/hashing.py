"""Identifiers as the networks want them: normalised, then SHA-256 in lower-case hex.

Meta    "How to format a customer list" and the Marketing API's "Hashing and Normalizing Data": e-mail trimmed and in
        lower case; phone digits only, with the country code and without leading zeros; names in lower case without
        punctuation; country as two letters, postcode without spaces and dashes, in the US its first five digits. Every
        column is hashed.
Google  "Format your customer data file" (Customer Match): e-mail without spaces in lower case, and before gmail.com and
        googlemail.com without dots and without what follows a plus; phone in E.164 with its plus; names in lower case
        without extra spaces, with accents and hyphens. Country and Zip stay as they are, for those must not be hashed.
LinkedIn "DMP Segment Users" and "DMP Segment List Uploads": e-mail trimmed and in lower case; nothing else is sent.
"""

import hashlib
import re
import unicodedata

GMAIL = ("gmail.com", "googlemail.com")
US_ZIP = 5  # digits; the four after the dash are not wanted


def sha256(value: str) -> str:
    """Empty stays empty: a hash of nothing would match nobody, and look like somebody."""
    return hashlib.sha256(value.encode()).hexdigest() if value else ""


def meta_email(value: str) -> str:
    return value.strip().lower()


def meta_phone(value: str) -> str:
    return re.sub(r"\D", "", value).lstrip("0")


def meta_name(value: str) -> str:
    """Letters of any script, in lower case; neither punctuation nor spaces around."""
    kept = (sign for sign in unicodedata.normalize("NFC", value.lower()) if unicodedata.category(sign)[0] not in "PSC")
    return " ".join("".join(kept).split())


def meta_zip(value: str, country: str) -> str:
    kept = re.sub(r"[\s-]", "", value.lower())
    return kept[:US_ZIP] if country.upper() == "US" else kept


def meta_country(value: str) -> str:
    return value.strip().lower()


def linkedin_email(value: str) -> str:
    return value.strip().lower()


def google_email(value: str) -> str:
    name, at, domain = re.sub(r"\s", "", value.lower()).rpartition("@")
    if domain in GMAIL:
        name = name.partition("+")[0].replace(".", "")
    return f"{name}{at}{domain}"


def google_phone(value: str) -> str:
    digits = re.sub(r"\D", "", value)
    return f"+{digits}" if digits else ""


def google_name(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value.lower()).split())
