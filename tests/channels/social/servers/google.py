"""Offline user data jobs: made, filled, run and polled; partial failures by the index of the operation."""

import json
from typing import Any

from .base import NetworkServer, Reply, Request

CUSTOMER, USER_LIST = "1234567890", "777"


def error(status: int, name: str, **details: Any) -> Reply:
    return status, {"error": {"code": status, "status": name, "details": [details] if details else []}}


class GoogleServer(NetworkServer):
    kind = "google"
    main = ":addOperations"

    def __init__(self) -> None:
        super().__init__()
        self.members: set[str] = set()
        self.invalid: set[str] = set()
        self.jobs: dict[str, dict[str, Any]] = {}
        self.polls = 0  # that find a job running before it ends
        self.ends_as = "SUCCESS"

    @property
    def secret(self) -> str:
        return json.dumps(
            {"developer_token": "dev", "client_id": "c", "client_secret": "s", "refresh_token": self.token}
        )

    def taken(self) -> int:
        return len(self.members)

    def reply(self, request: Request) -> Reply:
        if request.path == "/token":
            return self.token_for(request)
        if request.headers.get("Authorization") != "Bearer of-an-hour" or "developer-token" not in map(
            str.lower, request.headers
        ):
            return error(401, "UNAUTHENTICATED")
        if f"customers/{CUSTOMER}" not in request.path:
            return error(403, "PERMISSION_DENIED")
        verb = request.path.rpartition(":")[2]
        name = request.path.removeprefix("/v26/").rpartition(":")[0]
        return {"create": self.create, "addOperations": self.add, "run": self.run, "search": self.search}[verb](
            request, name
        )

    def token_for(self, request: Request) -> Reply:
        if f"refresh_token={self.token}" not in request.raw.decode():
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "of-an-hour", "expires_in": 3600}

    def create(self, request: Request, _: str) -> Reply:
        about = request.body["job"]["customerMatchUserListMetadata"]
        if about["userList"] != f"customers/{CUSTOMER}/userLists/{USER_LIST}":
            return error(404, "NOT_FOUND")
        name = f"customers/{CUSTOMER}/offlineUserDataJobs/{len(self.jobs) + 1}"
        self.jobs[name] = {"operations": [], "status": "PENDING", "consent": about.get("consent")}
        return 200, {"resourceName": name}

    def add(self, request: Request, name: str) -> Reply:
        refused = []
        for index, operation in enumerate(request.body["operations"]):
            ((verb, data),) = operation.items()
            email = data["userIdentifiers"][0].get("hashedEmail", "")
            if email in self.invalid:
                refused.append(index)
            else:
                self.jobs[name]["operations"].append((verb, email))
        return 200, self.failure(refused) if refused else {}

    def failure(self, refused: list[int]) -> dict[str, Any]:
        errors = [
            {
                "errorCode": {"userDataError": "INVALID"},
                # protobuf leaves out an index of 0
                "location": {"fieldPathElements": [{"fieldName": "operations"} | ({"index": index} if index else {})]},
            }
            for index in refused
        ]
        return {"partialFailureError": {"code": 3, "details": [{"errors": errors}]}}

    def run(self, _: Request, name: str) -> Reply:
        if self.jobs[name]["status"] != "PENDING":
            return error(
                400, "INVALID_ARGUMENT", errors=[{"errorCode": {"offlineUserDataJobError": "JOB_ALREADY_RUNNING"}}]
            )
        self.jobs[name]["status"] = "RUNNING"
        return 200, {}

    def search(self, request: Request, _: str) -> Reply:
        query = request.body["query"]
        if "user_list.name" in query:
            found = [{"userList": {"name": "Customers"}}] if query.endswith(f"= {USER_LIST}") else []
            return 200, {"results": found}
        name = query.split("'")[1]
        self.finish(name)
        return 200, {"results": [{"offlineUserDataJob": {"status": self.jobs[name]["status"]}}]}

    def finish(self, name: str) -> None:
        job = self.jobs[name]
        if self.polls:
            self.polls -= 1
            return
        if job["status"] == "RUNNING" and self.ends_as == "SUCCESS":
            for verb, email in job["operations"]:
                self.members = self.members | {email} if verb == "create" else self.members - {email}
        job["status"] = self.ends_as
