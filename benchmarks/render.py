"""How many personal e-mails a second one core makes from a compiled content: subject, HTML, text, links, tokens, MIME.

    python -m benchmarks render      MESSAGES=20000, PEER_MESSAGES=2000

Each message gets tokens of its own for every link, is filled in, and stands there as the bytes that leave. Who the
people are is read before. The floors are of the same run: the same texts, filled in before, made a mail by Python's email
package, as Django's and most others are; and minijinja filling the same HTML alone, without text, tokens or a mail.
"""

import os
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import django
import minijinja

from benchmarks._report import Result

CITIES = ("Bremen", "Köln", "Bad Neuenahr-Ahrweiler", "Görlitz", "")
NAMES = (
    ("Erika", "Muster"),
    ("Jürgen", "Groß"),
    ("Ayşe", "Şahin"),
    ("Kim", ""),
    ("Maximiliane", "Oberhauser-Lindner"),
)


def main() -> Result:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
    django.setup()
    count, peers = int(os.environ.get("MESSAGES", 20_000)), int(os.environ.get("PEER_MESSAGES", 2_000))
    blocks = _content()
    people = [_person(n) for n in range(1000)]
    size = len(_html(blocks, people[0]).encode())
    rates = {
        "ours": _rate(count, _maker(blocks, people)),
        "email": _rate(peers, _by_email_package(blocks, people)),
        "minijinja": _rate(count, _by_minijinja(blocks, people)),
    }
    print(f"a mail has {size / 1000:.1f} KB of HTML; processor time, one core, load {os.getloadavg()[0]:.1f}")
    for name, label in LABELS.items():
        print(f"{label:52} {rates[name]:9,.0f} a second {1e6 / rates[name]:8.1f} us each")
    return Result(
        "render",
        {"emails_per_second_core": rates["ours"], "html_bytes": size},
        {"emails_per_second_core": rates["email"], "minijinja_fills_per_second_core": rates["minijinja"]},
    )


LABELS = {
    "ours": "tokens, subject, HTML, text, MIME",
    "email": "floor: the email package makes the MIME",
    "minijinja": "floor: minijinja fills the HTML alone",
}


def _rate(count: int, make: Callable[[int], Any]) -> float:
    for n in range(50):
        make(n)
    began = time.process_time()
    for n in range(count):
        make(n)
    return count / (time.process_time() - began)


def _content() -> list[dict[str, Any]]:
    from campaigns.examples import EXAMPLE_BLOCKS

    return [block for block in EXAMPLE_BLOCKS if block["type"] != "place"]


def _person(n: int) -> dict[str, Any]:
    from campaigns import personalise

    first, last = NAMES[n % len(NAMES)]
    row = (f"K-{n}", "frau" if n % 2 else "herr", "Dr." if n % 7 == 0 else "", first, last, "de", "", "2014")
    return personalise.fields_of((*row, CITIES[n // 5 % len(CITIES)], "10115", "{}", "use"))


def _maker(blocks: Sequence[dict[str, Any]], people: Sequence[dict[str, Any]]) -> Callable[[int], bytes]:
    """As delivery does it for each message once its batch is read."""
    from channels import recipients, registry
    from channels.base import Message
    from channels.email import letters

    letter, channel = letters.compile_letter(blocks), registry.get("email")
    linked = recipients.linked_blocks(blocks, "email")

    def make(n: int) -> bytes:
        fields = people[n % 1000] | recipients.own_fields(channel, 10**6 + n, f"SOMMER-{n:06d}", linked)
        return letter.fill(Message(10**6 + n, 3, n, 2, f"customer{n}@example.com", fields))

    return make


def _message_fields(person: dict[str, Any]) -> dict[str, Any]:
    from channels import recipients, registry

    linked = recipients.linked_blocks(_content(), "email")
    return person | recipients.own_fields(registry.get("email"), 10**6, "SOMMER-000001", linked)


def _html(blocks: Sequence[dict[str, Any]], person: dict[str, Any]) -> str:
    from channels.email import render

    return str(render.render(blocks, _message_fields(person)).parts["html"])


def _by_email_package(blocks: Sequence[dict[str, Any]], people: Sequence[dict[str, Any]]) -> Callable[[int], bytes]:
    from channels.email import render

    parts = render.render(blocks, _message_fields(people[0])).parts

    def make(n: int) -> bytes:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = "Muster GmbH <news@example.com>", f"customer{n}@example.com"
        mail["Subject"] = str(parts["subject"])
        mail["Message-ID"], mail["List-Unsubscribe"] = f"<{n}@example.com>", f"<https://example.com/u/{n}>"
        mail.set_content(str(parts["text"]))
        mail.add_alternative(str(parts["html"]), subtype="html")
        return mail.as_bytes()

    return make


def _by_minijinja(blocks: Sequence[dict[str, Any]], people: Sequence[dict[str, Any]]) -> Callable[[int], str]:
    """A template with a placeholder wherever our page has a slot."""
    from channels.email import render

    parts = render.compile_mail(blocks).html.parts
    source = "".join(part if isinstance(part, str) else f"{{{{ v{n} }}}}" for n, part in enumerate(parts))
    fields = [_message_fields(person) for person in people[:5]]
    values = [{f"v{n}": part(one) for n, part in enumerate(parts) if not isinstance(part, str)} for one in fields]
    pages = minijinja.Environment(templates={"mail.html": source})
    return lambda n: pages.render_template("mail.html", **values[n % len(values)])
