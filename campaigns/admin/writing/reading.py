"""What a browser sends of the cards, as blocks."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import QueryDict

from campaigns.admin import written_json

from .cards import Card
from .only_if import Offered

KEYS = "block"  # one for every card, in order
AS = "blocks-as"  # how the blocks are written: as forms, or as JSON
FORMS = "forms"


def cards_of(data: QueryDict) -> list[Card]:
    """Raises BadRequest for what no page of ours sends."""
    offered = Offered()
    return [Card(key, _was(data, key), data, offered) for key in dict.fromkeys(data.getlist(KEYS))]


def card_of(data: QueryDict, key: str) -> Card:
    if key not in data.getlist(KEYS):
        raise BadRequest("There is no such block on the page.")
    return Card(key, _was(data, key), data)


def blocks_of(data: QueryDict) -> list[Any]:
    return [card.block() for card in cards_of(data)]


def is_of_forms(data: QueryDict) -> bool:
    return data.get(AS) == FORMS


def _was(data: QueryDict, key: str) -> Any:
    try:
        return written_json.read(data[f"{key}-was"])
    except (KeyError, ValueError) as error:
        raise BadRequest("A block came without what it was.") from error
