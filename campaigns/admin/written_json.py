"""JSON that people or scripts have written into a form."""

import json
from typing import Any


def read(text: str) -> Any:
    """Raises ValueError for what is no JSON, is nested too deep to be read, or holds what no page can show."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except UnicodeEncodeError as error:
        raise ValueError("it holds half a character, such as \\ud83d without the other half") from error
    return found
