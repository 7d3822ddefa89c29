"""HTTP as browsers, shops and mail programs speak it to the platform: many at once, over connections that are kept."""

import http.client
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .errors import DemoError

THREADS = 12
PATIENCE_SECONDS = 60
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Web:
    """Calls the platform at `url`. Links that it wrote begin with `site`, where `make run` will serve it."""

    def __init__(self, url: str, *, site: str) -> None:
        self._address = urlsplit(url).netloc
        self._site = site
        self._own = threading.local()

    def get(self, link: str, *, cookie: str = "", expect: tuple[int, ...] = (200,)) -> Answer:
        """A link as it stands in a message, or a path."""
        return self._call("GET", link, None, {"Cookie": cookie} if cookie else {}, expect)

    def post(self, link: str, form: str, *, expect: tuple[int, ...] = (200,)) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._call("POST", link, form.encode(), headers, expect)

    def report(self, path: str, body: Mapping[str, Any], *, key: str, expect: tuple[int, ...] = (200,)) -> Answer:
        """JSON, with the key of an API."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
        return self._call("POST", path, json.dumps(body).encode(), headers, expect)

    def _call(
        self, method: str, link: str, body: bytes | None, headers: Mapping[str, str], expect: tuple[int, ...]
    ) -> Answer:
        path = link.removeprefix(self._site)
        answer = self._exchange(method, path, body, headers)
        if answer.status not in expect:
            said = answer.body[:300].decode(errors="replace")
            # Not the whole path: what follows the second part is a token.
            raise DemoError(f"{method} {'/'.join(path.split('/')[:3])} answered {answer.status}: {said}")
        return answer

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Once more where the server had closed a connection meanwhile: whatever we send may be sent twice."""
        for is_last in (False, True):
            try:
                connection = self._connection()
                connection.request(method, path, body, dict(headers))
                response = connection.getresponse()
                return Answer(response.status, response.read())
            except (http.client.HTTPException, OSError) as error:
                self._own.connection = None
                if is_last:
                    raise DemoError(f"the platform did not answer {method}: {type(error).__name__}") from error
        raise AssertionError("unreachable")

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._own, "connection", None) is None:
            self._own.connection = http.client.HTTPConnection(self._address, timeout=PATIENCE_SECONDS)
        return self._own.connection


def at_once(act: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Do it for all of them, a dozen at a time; the first error ends it."""
    pool = ThreadPoolExecutor(THREADS)
    try:
        return list(pool.map(act, items))
    finally:
        pool.shutdown(cancel_futures=True)
