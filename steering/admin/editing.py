"""The pages behind the block editor: they draw pieces of it from what stands in its form, and keep nothing."""

import re
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns.admin import written_json
from campaigns.admin.pages import require
from campaigns.admin.writing import cards, drawing, reading
from campaigns.blocks.types import BLOCK_TYPES, MOST_BLOCKS
from channels import registry
from channels.landing import looking

LIST_NAME = re.compile(r"(?P<key>b[0-9a-f]{1,20})(-in-[a-zA-Z0-9_-]{1,20})?-(on|in)")
LAYER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,19}")
PAGES = ("add", "duplicate", "redraw", "row", "json", "forms")


def urls() -> dict[str, str]:
    """For the editor's script."""
    own = {name: reverse(f"admin:campaigns_content_editor_{name}") for name in PAGES}
    others = {"image": "content_image", "pick": "asset_pick", "products": "product_pick"}
    return own | {name: reverse(f"admin:campaigns_{view}") for name, view in others.items()}


def channels() -> list[tuple[str, str]]:
    """On which a block may say something else; the page behind links and QR codes is one of them."""
    return [*registry.choices(), (looking.NAME, looking.LABEL)]


class EditorPages:
    """Mixed into the admin of contents. Every page is asked by POST with the whole form of the editor."""

    def pages(self) -> tuple:
        own = ((f"editor/{name}/", f"editor_{name}", require_POST(getattr(self, f"draw_{name}"))) for name in PAGES)
        return (*super().pages(), *own)

    def draw_add(self, request: HttpRequest) -> HttpResponse:
        _require_writer(request)
        name = request.POST.get("type", "")
        if name not in BLOCK_TYPES:
            raise BadRequest("There is no such type of block.")
        return _one_more(request, cards.new(name, _taken(request.POST)))

    def draw_duplicate(self, request: HttpRequest) -> HttpResponse:
        _require_writer(request)
        block = _card(request.POST).block()
        if not isinstance(block, dict):
            raise BadRequest("Only a block can be duplicated.")
        id_ = cards.fresh_id(str(block.get("type")), _taken(request.POST))
        return _one_more(request, cards.Card(cards.fresh_key(), block | {"id": id_}))

    def draw_redraw(self, request: HttpRequest) -> HttpResponse:
        """A card with a channel or language more or less: `list` names whose, `put` or `drop` what."""
        _require_writer(request)
        name, put, drop = (request.POST.get(part, "") for part in ("list", "put", "drop"))
        found = LIST_NAME.fullmatch(name)
        if not found or not LAYER_NAME.fullmatch(put or drop):
            raise BadRequest("There is no such layer.")
        data = request.POST.copy()
        kept = [one for one in data.getlist(name) if one != drop]
        data.setlist(name, [*kept, put] if put else kept)
        card = reading.card_of(data, found["key"])
        return HttpResponse(drawing.card_html(cards.Card(card.key, card.block()), channels()))

    def draw_row(self, request: HttpRequest) -> HttpResponse:
        """An empty condition."""
        _require_writer(request)
        return HttpResponse(drawing.row_html(_card(request.POST)))

    def draw_json(self, request: HttpRequest) -> HttpResponse:
        _require_writer(request)
        return JsonResponse(reading.blocks_of(request.POST), safe=False, json_dumps_params={"ensure_ascii": False})

    def draw_forms(self, request: HttpRequest) -> HttpResponse:
        """Cards for the JSON that was written."""
        _require_writer(request)
        try:
            blocks = written_json.read(request.POST.get("blocks") or "[]")
        except ValueError as error:
            return HttpResponse(f"This is not JSON: {error}.", status=422, content_type="text/plain")
        if not isinstance(blocks, list):
            return HttpResponse("It must be a list of blocks.", status=422, content_type="text/plain")
        drawn = (drawing.card_html(card, channels()) for card in cards.of_blocks(blocks))
        return HttpResponse("".join(drawn))


def _require_writer(request: HttpRequest) -> None:
    if not request.user.has_perm("campaigns.add_content"):
        require(request, "campaigns.change_content")


def _card(data: QueryDict) -> cards.Card:
    return reading.card_of(data, data.get("key", ""))


def _taken(data: QueryDict) -> list[str]:
    """Ids on the page, also of what was removed and can be brought back."""
    return [*data.getlist("taken"), *(card.id for card in reading.cards_of(data))]


def _one_more(request: HttpRequest, card: cards.Card) -> HttpResponse:
    if len(request.POST.getlist(reading.KEYS)) >= MOST_BLOCKS:
        return HttpResponse(f"A content has at most {MOST_BLOCKS} blocks.", status=422, content_type="text/plain")
    return HttpResponse(drawing.card_html(card, channels(), is_new=True))


def blocks_in(request: HttpRequest) -> Any:
    """The blocks of a form: written as cards, or as JSON. Raises ValueError for what is no JSON."""
    if reading.is_of_forms(request.POST):
        return reading.blocks_of(request.POST)
    return written_json.read(request.POST.get("blocks") or "[]")
