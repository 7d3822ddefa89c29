"""All pages of our own around contents: refused to who may not, and never failing at what nobody means."""

from collections.abc import Iterator

import pytest
from django.contrib import admin

from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
MODELS = ("content", "contentversion", "asset", "offer", "product", "comparison", "testimonial")
FIELDS = (
    *("content", "blocks", "who", "spoken", "stage", "find", "words", "key", "list", "put", "drop", "type", "text"),
    *(
        "block_id",
        "block",
        "taken",
        "number",
        "from",
        "to",
        "why",
        "verb",
        "count",
        "code",
        "variant",
        "page",
        "q",
        "id",
    ),
    *(
        "kind",
        "share_1",
        "quote",
        "how",
        "seen_at",
        "next",
        "name",
        "description",
        "seen",
        "over",
        "confirmed",
        "alt_de",
    ),
)
ODD = {"NUL": "\0", "a number without end": "9" * 5000, "too deep": "[" * 100_000, "half a character": '["\\ud800"]'}
PLACES = {"<int:pk>": "1", "<int:comment>": "1", "<str:verb>": "submit", "<str:channel>": "email", "<str:part>": "pdf"}


def addresses() -> Iterator[str]:
    for model, pages in admin.site._registry.items():
        if model._meta.app_label == "campaigns" and model._meta.model_name in MODELS:
            for route, _, _ in pages.pages():
                for part, value in PLACES.items():
                    route = route.replace(part, value)
                yield f"/admin/campaigns/{model._meta.model_name}/{route}"


def test_who_may_see_nothing_of_contents_sees_none_of_the_pages() -> None:
    client = admin_clients.with_permissions("campaigns.view_event")
    builders.content()
    found = list(addresses())
    answers = {(url, method): getattr(client, method)(url).status_code for url in found for method in ("get", "post")}
    assert len(found) >= 40
    assert {key: status for key, status in answers.items() if status not in (403, 405)} == {}


@pytest.mark.parametrize("value", ODD.values(), ids=list(ODD))
def test_what_nobody_means_is_refused_and_no_page_fails(value) -> None:
    client = admin_clients.superuser()
    client.raise_request_exception = False
    sent = dict.fromkeys(FIELDS, value)
    statuses = {url: client.post(url, sent).status_code for url in addresses()}
    assert {url: status for url, status in statuses.items() if status >= 500} == {}
