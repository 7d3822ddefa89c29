"""Links: unsafe ones, those that pretend to lead elsewhere, and dead ones."""

import re
import unicodedata
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

from campaigns.findings import Finding

from .case import View
from .targets import Target

SHORTENERS = {
    *(
        "bit.ly",
        "bitly.com",
        "t.co",
        "goo.gl",
        "tinyurl.com",
        "ow.ly",
        "is.gd",
        "buff.ly",
        "cutt.ly",
        "rb.gy",
        "t1p.de",
    ),
    *("rebrand.ly", "shorturl.at", "tiny.cc", "lnkd.in", "kurzelinks.de", "v.gd", "bl.ink", "s.id", "dub.sh", "soo.gd"),
}
INSIDE = (
    ".local",
    ".localhost",
    ".internal",
    ".intranet",
    ".lan",
    ".home",
    ".corp",
    ".home.arpa",
    ".invalid",
    ".onion",
)
ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_]{2,24})(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
FILES = (".pdf", ".png", ".jpg", ".jpeg", ".zip", ".docx", ".xlsx", ".html", ".htm", ".js", ".txt", ".csv", ".mp4")
GONE = (404, 410)


def unsafe(view: View) -> Iterator[Finding]:
    for target in _web(view):
        path, host = view.place(target.block, target.field), _host(target.url)
        if reason := _inside(host):
            yield view.error(path, "unsafe_link", f"{host} {reason}: name the site by its public name")
        elif reason := _look_alike(host):
            yield view.error(path, "lookalike_link", f"{host} {reason}: make sure that it is the right site")
        elif host.removeprefix("www.") in SHORTENERS:
            reason = (
                f"{host} shortens links, which hides where they lead and is what spam does: link to the page itself"
            )
            yield view.warning(path, "shortened_link", reason)
        if target.url.startswith("http://") and host != _host(settings.SITE_URL):
            reason = f"the link to {host} is not encrypted, and browsers warn of that: write https://"
            yield view.warning(path, "unencrypted_link", reason)


def misleading(view: View) -> Iterator[Finding]:
    """What phishing does, and filters look for: the text names one site and the link leads to another."""
    for target in view.targets():
        path = view.place(target.block, target.field)
        if target.url.startswith("mailto:"):
            shown, leads = target.text.strip().casefold(), target.url[len("mailto:") :].partition("?")[0].casefold()
            if MAIL.fullmatch(shown) and shown != leads:
                yield view.error(path, "misleading_link", f"the text says {shown} and the link writes to {leads}")
        elif (shown := _shown_host(target.text)) and not _same_site(shown, _host(target.url)):
            reason = f"the text says {shown} and the link leads to {_host(target.url)}: let both say the same"
            yield view.error(path, "misleading_link", reason)


def dead(view: View) -> Iterator[Finding]:
    """As they answered when they were looked at last; those that were not yet are no finding."""
    for target in _web(view):
        answer = view.case.answers.get(target.url)
        if answer is None or answer.is_fine:
            continue
        path, shown = view.place(target.block, target.field), _short(target.url)
        when = f"{answer.at:%Y-%m-%d %H:%M} UTC"
        if answer.status in GONE:
            reason = f"{shown} leads to a page that does not exist ({answer.status}, {when}): mend the link"
            yield view.error(path, "dead_link", reason)
        else:
            reason = f"{shown} could not be reached ({answer.reason}, {when}): open it yourself before you confirm"
            yield view.warning(path, "unreachable_link", reason)


def _web(view: View) -> Iterator[Target]:
    return (target for target in view.targets() if target.url.startswith(("http://", "https://")))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").casefold()
    except ValueError:
        return ""


def _inside(host: str) -> str:
    if _is_number(host):
        return "is a number instead of a name, which filters take for fraud"
    if "." not in host or f".{host}".endswith(INSIDE):
        return "is known inside a network only"
    return ""


def _is_number(host: str) -> bool:
    """Also in the forms that browsers understand: 2130706433, 0x7f.1."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return bool(re.fullmatch(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", host))


def _look_alike(host: str) -> str:
    """Names in other letters: of several alphabets in one word, or of another one than ours throughout."""
    for label in _readable(host).split("."):
        alphabets = {unicodedata.name(letter, "?").split()[0] for letter in label if letter.isalpha()}
        if len(alphabets) > 1:
            return f"mixes letters of several alphabets ({', '.join(sorted(alphabets)).lower()})"
        if alphabets - {"LATIN"}:
            return f"is written in {alphabets.pop().lower()} letters, which may look like others"
    return ""


def _readable(host: str) -> str:
    """xn--mller-kva.de as müller.de."""
    try:
        return ".".join(
            label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
            for label in host.split(".")
        )
    except UnicodeError:
        return host


def _shown_host(text: str) -> str:
    """The site that a text names, if it is nothing else than its address."""
    found = ADDRESS.fullmatch(text.strip())
    if not found or found[1].casefold().endswith(FILES):
        return ""
    return found[1].casefold()


def _same_site(shown: str, leads: str) -> bool:
    one, other = (_readable(host).removeprefix("www.") for host in (shown, leads))
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _short(url: str) -> str:
    return url if len(url) <= 60 else f"{url[:57]}…"
