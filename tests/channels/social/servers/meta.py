"""The Marketing API's users of a custom audience: a set of rows, sessions in order, a count of what is invalid."""

from typing import Any

from .base import NetworkServer, Reply, Request

AUDIENCE = "23850000000000001"


def error(status: int, code: int, **more: Any) -> Reply:
    return status, {"error": {"message": "as documented", "type": "OAuthException", "code": code} | more}


class MetaServer(NetworkServer):
    kind = "meta"
    main = f"/{AUDIENCE}/users"

    def __init__(self) -> None:
        super().__init__()
        self.members: set[tuple[str, ...]] = set()
        self.invalid: set[str] = set()  # first columns
        self.sessions: dict[int, int] = {}

    def taken(self) -> int:
        return len(self.members)

    def reply(self, request: Request) -> Reply:
        if not self.may(request):
            return error(401, 190, error_subcode=463)
        if AUDIENCE not in request.path:
            return error(400, 100, error_subcode=33)
        if request.method == "GET":
            return 200, {"id": AUDIENCE, "name": "Customers", "operation_status": {"code": 200}}
        return self.change(request)

    def change(self, request: Request) -> Reply:
        session, rows = request.body["session"], request.body["payload"]["data"]
        last = self.sessions.get(session["session_id"], 0)
        if session["batch_seq"] not in (last, last + 1):
            return error(400, 100, error_user_title="Session out of order")
        self.sessions[session["session_id"]] = session["batch_seq"]
        good = {tuple(row) for row in rows if row[0] not in self.invalid}
        self.members = self.members - good if request.method == "DELETE" else self.members | good
        told = {"num_received": len(rows), "num_invalid_entries": len(rows) - len(good), "invalid_entry_samples": {}}
        return 200, {"audience_id": AUDIENCE, "session_id": str(session["session_id"])} | told
