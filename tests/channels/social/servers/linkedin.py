"""The users of a DMP segment: a status for every element."""

from .base import NetworkServer, Reply, Request

SEGMENT = "10804"


class LinkedInServer(NetworkServer):
    kind = "linkedin"
    main = "/users"

    def __init__(self) -> None:
        super().__init__()
        self.members: set[str] = set()
        self.invalid: set[str] = set()

    def taken(self) -> int:
        return len(self.members)

    def reply(self, request: Request) -> Reply:
        if not self.may(request):
            return 401, {"status": 401, "code": "EXPIRED_ACCESS_TOKEN"}
        if f"/rest/dmpSegments/{SEGMENT}" not in request.path:
            return 404, {"status": 404}
        if request.method == "GET":
            return 200, {"id": SEGMENT, "name": "Customers"}
        return 200, {"elements": [{"status": self.change(element)} for element in request.body["elements"]]}

    def change(self, element: dict) -> int:
        ((value,),) = ([one["idValue"] for one in element["userIds"]],)
        if value in self.invalid:
            return 400
        self.members = self.members | {value} if element["action"] == "ADD" else self.members - {value}
        return 201
