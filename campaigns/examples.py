"""A content as a shop would write it, used by the demo, the tests and the documentation."""

from typing import Any

EXAMPLE_BLOCKS: list[dict[str, Any]] = [
    {
        "id": "headline",
        "type": "headline",
        "text": "Ihr Garten ist bereit für den Sommer",
        "subject": '{{ first_name | fallback("Guten Tag") }}, Ihr Garten ist bereit für den Sommer',
        "preheader": "20 % auf alle Gartenmöbel, nur bis Ende August",
        "overrides": {
            "banner": {"text": "Bereit für den Sommer?"},
            "print_mailing": {"subject": "Ihr Garten ist bereit für den Sommer"},
        },
    },
    {
        "id": "picture",
        "type": "image",
        "source": "static/campaigns/garden.png",
        "alt": "Ein Garten am Abend mit Tisch, Stühlen und Lichterkette",
        "url": "https://shop.example.com/garten",
        "overrides": {"print_mailing": {"hidden": True}},
    },
    {
        "id": "letter",
        "type": "text",
        "text": (
            "{{ salutation_line }},\n\n"
            "lange Abende, gute Gespräche, ein Tisch im Grünen: Unsere neue Sommerkollektion ist da. "
            "Wir haben sie mit Werkstätten aus der Region entworfen, **aus heimischer Robinie**, "
            "wetterfest und so gebaut, dass man sie reparieren kann.\n\n"
            "- Tische in vier Größen, auf Wunsch nach Maß\n"
            "- Bänke und Stühle, stapelbar\n"
            '- Lieferung und Aufbau in {{ city | fallback("Ihrer Nähe") }} inbegriffen'
        ),
        "overrides": {
            "social": {
                "text": "Lange Abende, gute Gespräche, ein Tisch im Grünen: Unsere neue Sommerkollektion ist da, "
                "aus heimischer Robinie und mit Werkstätten aus der Region entworfen."
            },
            "direct_post": {
                "text": "Lange Abende, gute Gespräche, ein Tisch im Grünen: Unsere neue Sommerkollektion ist da. "
                "Entworfen mit Werkstätten aus der Region, **aus heimischer Robinie**, wetterfest und reparierbar."
            },
        },
    },
    {
        "id": "offer",
        "type": "offer",
        "title": "20 % auf alle Gartenmöbel",
        "text": "Einmal einlösbar, im Laden und im Netz.",
        "coupon": "personal",
        "valid_until": "2027-08-31",
        "overrides": {
            "banner": {"text": ""},
            "social": {"coupon": "SOMMER20"},
            "direct_post": {"coupon": "SOMMER20"},
        },
    },
    {
        "id": "shop",
        "type": "call_to_action",
        "label": "Zur Sommerkollektion",
        "url": "https://shop.example.com/sommer",
        "overrides": {"banner": {"label": "Jetzt ansehen"}},
    },
    {
        "id": "terms",
        "type": "legal_notice",
        "text": "Der Nachlass gilt auf den Verkaufspreis, nicht für Gutscheine, und nicht zusammen mit anderen Aktionen.",
    },
]
