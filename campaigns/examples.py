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
        "languages": {
            "en": {
                "text": "Your garden is ready for summer",
                "subject": '{{ first_name | fallback("Hello") }}, your garden is ready for summer',
                "preheader": "20 % off all garden furniture, only until the end of August",
                "overrides": {
                    "banner": {"text": "Ready for summer?"},
                    "print_mailing": {"subject": "Your garden is ready for summer"},
                },
            }
        },
    },
    {
        "id": "picture",
        "type": "image",
        "source": "static/campaigns/garden.png",
        "alt": "Ein Garten am Abend mit Tisch, Stühlen und Lichterkette",
        "url": "https://shop.example.com/garten",
        "overrides": {
            "print_mailing": {"hidden": True},
            "direct_post": {"source": "static/campaigns/garden-print.jpg"},
        },
        "languages": {"en": {"alt": "A garden in the evening with a table, chairs and a chain of lights"}},
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
        "languages": {
            "en": {
                "text": (
                    "{{ salutation_line }},\n\n"
                    "long evenings, good talks, a table in the green: our new summer collection is here. "
                    "We designed it with workshops of the region, **from local black locust**, "
                    "weatherproof and built so that it can be repaired.\n\n"
                    "- Tables in four sizes, made to measure if you like\n"
                    "- Benches and chairs that stack\n"
                    '- Delivery and assembly in {{ city | fallback("your area") }} included'
                )
            }
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
        "languages": {"en": {"title": "20 % off all garden furniture", "text": "Once each, in our stores and online."}},
    },
    {
        "id": "shop",
        "type": "call_to_action",
        "label": "Zur Sommerkollektion",
        "url": "https://shop.example.com/sommer",
        "overrides": {"banner": {"label": "Jetzt ansehen"}},
        "languages": {"en": {"label": "See the summer collection", "overrides": {"banner": {"label": "Have a look"}}}},
    },
    {
        "id": "store",
        "type": "place",
        "name": "Gartenschau im Laden am Hafen",
        "address": "Hafenstraße 12, 28217 Bremen",
        "date": "2027-07-10",
        "hours": "10 bis 18 Uhr",
        "url": "https://www.openstreetmap.org/?mlat=53.0953&mlon=8.7740#map=17/53.0953/8.7740",
        "overrides": {"direct_post": {"hidden": True}},
        "languages": {"en": {"name": "Garden show at our harbour store", "hours": "10 am to 6 pm"}},
    },
    {
        "id": "terms",
        "type": "legal_notice",
        "text": "Der Nachlass gilt auf den Verkaufspreis, nicht für Gutscheine, und nicht zusammen mit anderen Aktionen.",
        "languages": {
            "en": {"text": "Off the retail price; not valid for gift cards, nor together with other offers."},
        },
    },
    {
        "id": "imprint",
        "type": "footer",
        "text": "Muster GmbH, Musterstraße 1, 10115 Berlin\nGeschäftsführung: Petra Muster, Amtsgericht Berlin, HRB 12345",
        "overrides": {name: {"hidden": True} for name in ("banner", "social", "print_mailing", "direct_post")},
        "languages": {
            "en": {
                "text": "Muster GmbH, Musterstraße 1, 10115 Berlin, Germany\nManaging director: Petra Muster, HRB 12345"
            }
        },
    },
]
