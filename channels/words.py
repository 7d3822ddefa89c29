"""The few phrases that channels add to a content, in the person's language."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.formats import date_format

from campaigns import placeholders

PHRASES: Mapping[str, Mapping[str, str]] = {
    "de": {
        "coupon": "Ihr Gutscheincode",
        "valid_until": "Gültig bis {day}",
        "unsubscribe": "Keine Werbung mehr erhalten",
        "why": "Sie erhalten diese Nachricht, weil Sie ihr zugestimmt haben oder Kundin oder Kunde bei uns sind.",
        "object": "Sie möchten keine Werbung mehr von uns? Eine formlose Nachricht an die unten genannte Adresse genügt.",
        "closing": "Mit freundlichen Grüßen",
        "scan": "Einfach mit dem Telefon scannen",
        "pages": "Seite {n} von {m}",
        "imprint": "Herausgeber: {sender}",
        "advertisement": "Anzeige",
        "ended": "Dieses Angebot ist am {day} zu Ende gegangen.",
        "unsubscribed": "Sie erhalten keine Werbung mehr von uns, wie Sie es gewünscht haben.",
        "gone_title": "Diese Seite gibt es nicht mehr",
        "gone_text": "Das Angebot, zu dem dieser Link führte, ist nicht mehr da. Fragen beantworten wir Ihnen gern.",
        "map": "Auf der Karte zeigen",
        "see_all": "Alle ansehen",
    },
    "en": {
        "coupon": "Your coupon code",
        "valid_until": "Valid until {day}",
        "unsubscribe": "Stop receiving advertising",
        "why": "You receive this message because you agreed to it or are a customer of ours.",
        "object": "No more advertising from us? An informal note to the address below is enough.",
        "closing": "Yours sincerely",
        "scan": "Simply scan it with your phone",
        "pages": "Page {n} of {m}",
        "imprint": "Published by {sender}",
        "advertisement": "Advertisement",
        "ended": "This offer ended on {day}.",
        "unsubscribed": "You receive no more advertising from us, as you asked.",
        "gone_title": "This page is no longer here",
        "gone_text": "The offer that this link led to is no longer here. We are happy to answer questions.",
        "map": "Show on the map",
        "see_all": "See all",
    },
}


def language(fields: Mapping[str, Any]) -> str:
    """Of what surrounds them: the person's where the content exists in it, see personalise.in_language."""
    spoken = fields.get("spoken") or fields.get("language")
    return spoken if spoken in PHRASES else placeholders.spoken_language(fields)


def say(name: str, fields: Mapping[str, Any], **values: str) -> str:
    return PHRASES[language(fields)][name].format(**values)


def day(on: date, fields: Mapping[str, Any]) -> str:
    """31. August 2027, 31 August 2027."""
    return _day(on, language(fields))


@lru_cache(maxsize=256)
def _day(on: date, spoken: str) -> str:
    with translation.override(spoken):
        return date_format(on, "j. F Y" if spoken == "de" else "j F Y")
