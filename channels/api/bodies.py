"""Bodies of requests in JSON: whatever cannot be read, or could be read in two ways, is refused as a problem."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, get_encoding
from rest_framework.utils import json

BYTE_ORDER_MARK = "\ufeff"


class JsonParser(JSONParser):
    """A byte order mark before the text is passed over, as RFC 8259 allows; programs of Windows like to write one."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        encoding = get_encoding(parser_context or {})
        try:
            return read(stream.read().decode(encoding))
        except RecursionError as error:
            raise ParseError("this JSON has too many levels") from error
        except ValueError as error:
            raise ParseError(f"this is no JSON: {error}") from error


def read(text: str) -> Any:
    """Raises ValueError for what is no JSON, and for an object that has a name twice; RecursionError for too many levels."""
    return json.loads(text.removeprefix(BYTE_ORDER_MARK), object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for name, many in Counter(name for name, _ in pairs).items() if many > 1)
        raise ValueError(f"{twice[:80]!r} is there twice in one object")
    return made
