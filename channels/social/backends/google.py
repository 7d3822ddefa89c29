"""Google Ads API: Customer Match by offline user data jobs.

Source: developers.google.com/google-ads/api, "Get started with Customer Match" and "Manage customer lists" (create a
job, add operations, run it, poll it; consent is told when adding), REST reference of OfflineUserDataJobService
(:create, :addOperations with enablePartialFailure, :run), GoogleAdsFailure (errors by fieldPathElements), and "API
limits" (RESOURCE_EXHAUSTED with a retry delay). Members are a set: adding somebody twice, or removing somebody who is
not there, changes nothing. A job that was made and never run does nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...base import ChannelError
from ..http import AccountError, Answer, BusyError, Client
from .base import AudienceBackend, Batch, Taken, Underway, readable

VERSION = "v26"
OAUTH_URL = "https://oauth2.googleapis.com"
SECRET_KEYS = ("developer_token", "client_id", "client_secret", "refresh_token")
FIRST_POLL = 60.0  # seconds; a job takes minutes to hours, so each poll waits twice as long
LONGEST_POLL = 900.0
ENDED_WELL, ENDED_BADLY = "SUCCESS", "FAILED"
LACKS = ("CUSTOMER_NOT_ALLOWLISTED", "NOT_ALLOWLISTED", "TERMS", "DEVELOPER_TOKEN", "NOT_ADS_USER", "CUSTOMER_NOT")
STATUS = (
    "SELECT offline_user_data_job.status, offline_user_data_job.failure_reason FROM offline_user_data_job"
    " WHERE offline_user_data_job.resource_name = '{job}'"
)


class GoogleBackend(AudienceBackend):
    kind = "google"
    label = "Google"
    default_url = "https://googleads.googleapis.com"
    needs = ("owner_id", "audience_id")
    asks_for = "JSON with developer_token, client_id, client_secret, refresh_token and, if a manager account is used, login_customer_id"
    most_rows = 10_000

    @readable
    def check(self) -> str:
        query = f"SELECT user_list.name FROM user_list WHERE user_list.id = {self.access.audience_id}"  # noqa: S608 - Google's own language
        with self.client(self._headers()) as client:
            found = self._search(client, query)
        if not found:
            raise AccountError("Google knows no such user list in this account", code="404")
        return f"user list “{found[0].get('userList', {}).get('name', '')}”"

    @readable
    def push(self, batch: Batch) -> Taken | Underway:
        with self.client(self._headers()) as client:
            match batch.progress.get("step"):
                case None:
                    return self._create(client, batch)
                case "created":
                    return self._add_operations(client, batch)
                case "filled":
                    return self._run(client, batch)
                case _:
                    return self._poll(client, batch)

    def _create(self, client: Client, batch: Batch) -> Underway:
        about: dict[str, Any] = {"userList": f"{self._customer}/userLists/{self.access.audience_id}"}
        if not batch.removes:  # nobody is listed without
            about["consent"] = {"adUserData": "GRANTED", "adPersonalization": "GRANTED"}
        job = {"type": "CUSTOMER_MATCH_USER_LIST", "customerMatchUserListMetadata": about}
        answer = self._post(client, f"/{VERSION}/{self._customer}/offlineUserDataJobs:create", {"job": job})
        return Underway({"step": "created", "job": str(answer.body["resourceName"])})

    def _add_operations(self, client: Client, batch: Batch) -> Underway:
        verb = "remove" if batch.removes else "create"
        operations = [{verb: {"userIdentifiers": _identifiers(row)}} for row in batch.rows]
        body = {"enablePartialFailure": True, "operations": operations}
        answer = self._post(client, f"/{VERSION}/{batch.progress['job']}:addOperations", body)
        refused = sorted(set(_positions(answer.body.get("partialFailureError") or {}, len(batch.rows))))
        if len(refused) == len(batch.rows):
            return Underway({**batch.progress, "step": "ended", "refused": refused}, has_rows=True)
        return Underway({**batch.progress, "step": "filled", "refused": refused}, has_rows=True)

    def _run(self, client: Client, batch: Batch) -> Underway:
        try:
            self._post(client, f"/{VERSION}/{batch.progress['job']}:run", {})
        except ChannelError as error:
            if "ALREADY_RUNNING" not in str(error):
                raise
        return Underway({**batch.progress, "step": "running", "wait": FIRST_POLL}, seconds=FIRST_POLL)

    def _poll(self, client: Client, batch: Batch) -> Taken | Underway:
        refused = tuple(batch.progress.get("refused", ()))
        taken = Taken(refused, reason="Google says that the entry is invalid")
        if batch.progress["step"] == "ended":
            return taken
        found = self._search(client, STATUS.format(job=batch.progress["job"]))
        job = found[0].get("offlineUserDataJob", {}) if found else {}
        if job.get("status") == ENDED_WELL:
            return taken
        if job.get("status") == ENDED_BADLY:
            raise ChannelError(
                f"Google's job failed: {job.get('failureReason', 'UNKNOWN')}", permanent=True, code="job"
            )
        wait = min(float(batch.progress.get("wait", FIRST_POLL)) * 2, LONGEST_POLL)
        return Underway({**batch.progress, "wait": wait}, seconds=wait)

    @property
    def _customer(self) -> str:
        return f"customers/{self.access.owner_id.replace('-', '')}"

    def _search(self, client: Client, query: str) -> list[dict[str, Any]]:
        return list(
            self._post(client, f"/{VERSION}/{self._customer}/googleAds:search", {"query": query}).body.get(
                "results", []
            )
        )

    def _post(self, client: Client, path: str, body: Mapping[str, Any]) -> Answer:
        answer = client.call("POST", path, json=body)
        if not answer.is_ok:
            told = answer.body.get("error") if isinstance(answer.body, dict) else None
            raise _meaning(told if isinstance(told, dict) else {}, answer) or self._plain(answer)
        if not isinstance(answer.body, dict):
            raise ChannelError("Google gave an answer that cannot be read", permanent=False)
        return answer

    def _plain(self, answer: Answer) -> ChannelError:
        try:
            self.refuse_unless_ok(answer)
        except ChannelError as error:
            return error
        return ChannelError("Google gave an answer that cannot be read", permanent=False)

    def _headers(self) -> dict[str, str]:
        """With an access token, which lasts an hour, for the refresh token that we keep."""
        secret = self._secret()
        form = {"grant_type": "refresh_token"} | {key: secret[key] for key in SECRET_KEYS if key != "developer_token"}
        with Client(self.access.base_url or OAUTH_URL) as client:
            answer = client.call("POST", "/token", data=form)
        if answer.status in (400, 401):
            raise AccountError("Google does not accept the refresh token: it has expired, or was withdrawn", code="401")
        self.refuse_unless_ok(answer)
        headers = {
            "Authorization": f"Bearer {answer.body.get('access_token', '')}",
            "developer-token": secret["developer_token"],
        }
        manager = secret.get("login_customer_id")
        return headers | ({"login-customer-id": str(manager).replace("-", "")} if manager else {})

    def _secret(self) -> dict[str, str]:
        try:
            read = json.loads(self.access.secret)
        except ValueError:
            read = None
        if not isinstance(read, dict) or any(not isinstance(read.get(key), str) for key in SECRET_KEYS):
            raise AccountError(f"the secret of a Google account is JSON with {', '.join(SECRET_KEYS)}", code="secret")
        return read


def _identifiers(row: Sequence[str]) -> list[dict[str, Any]]:
    """Of a row of networks.GOOGLE. A postal identifier needs all of its four parts."""
    email, phone, first_name, last_name, country, postcode = row
    found: list[dict[str, Any]] = []
    if email:
        found.append({"hashedEmail": email})
    if phone:
        found.append({"hashedPhoneNumber": phone})
    if first_name and last_name and country and postcode:
        found.append(
            {
                "addressInfo": {
                    "hashedFirstName": first_name,
                    "hashedLastName": last_name,
                    "countryCode": country,
                    "postalCode": postcode,
                }
            }
        )
    return found


def _positions(failure: Mapping[str, Any], rows: int) -> Iterator[int]:
    """Which operations a partial failure names; protobuf leaves an index of 0 out of its JSON."""
    for detail in failure.get("details", []):
        for error in detail.get("errors", []):
            for element in error.get("location", {}).get("fieldPathElements", []):
                if element.get("fieldName") == "operations" and 0 <= int(element.get("index", 0)) < rows:
                    yield int(element.get("index", 0))


def _meaning(told: Mapping[str, Any], answer: Answer) -> ChannelError | None:
    """An error of the Google Ads API; None: nothing but its status is known."""
    status, codes = str(told.get("status", "")), sorted(set(_codes(told)))
    said = f"Google refused with {', '.join(codes) or status}"
    if status == "RESOURCE_EXHAUSTED":
        return BusyError("Google takes no more calls now", retry_after=_delay(told, answer), code="429")
    if status in ("UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND") or any(
        lack in code for code in codes for lack in LACKS
    ):
        return AccountError(said, code=str(answer.status))
    if (
        status in ("UNAVAILABLE", "INTERNAL", "DEADLINE_EXCEEDED", "ABORTED")
        or answer.status >= 500
        or "CONCURRENT_MODIFICATION" in codes
    ):
        return ChannelError(said, permanent=False, code=str(answer.status))
    return ChannelError(said, permanent=True, code=str(answer.status)) if status or codes else None


def _codes(told: Mapping[str, Any]) -> Iterator[str]:
    for detail in told.get("details", []):
        for error in detail.get("errors", []) if isinstance(detail, dict) else []:
            yield from (str(value) for value in error.get("errorCode", {}).values())


def _delay(told: Mapping[str, Any], answer: Answer) -> float | None:
    """Seconds, of a RetryInfo or of quota details, as "30s"."""
    for detail in told.get("details", []):
        quota = [error.get("details", {}).get("quotaErrorDetails", {}) for error in detail.get("errors", [])]
        for value in (detail.get("retryDelay"), *(one.get("retryDelay") for one in quota)):
            try:
                return float(str(value).removesuffix("s"))
            except ValueError:
                continue
    return answer.retry_after
