"""The POSTs that move a job on: what was sent is checked, channels.print_jobs does it, the job as it then is comes back."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from campaigns.numbers import whole_number

from .. import print_jobs
from ..api.bodies import JsonParser
from ..models import PrintJob, Scope
from . import bulk, described, serializers
from .described import KEY, LEASE, problems, step
from .errors import as_problems, not_found
from .idempotency import once
from .rows import row_results
from .views import VendorView


class StepView(VendorView):
    serializer_class: type[Serializer]

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def act(self, job: PrintJob, data: dict[str, Any]) -> dict[str, Any]:
        """Take the step; returns what is answered."""
        self.take(job, data)
        return serializers.job_now(job.pk)

    def prepare(self, job: PrintJob) -> None:
        """What must stay done even when the step is refused."""

    @property
    def lease(self) -> str:
        """What the worker says of its lease; empty: nothing."""
        return self.request.headers.get("Lease-Token", "").strip()

    def answer(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        body = self.serializer_class(data=request.data)
        body.is_valid(raise_exception=True)
        self.prepare(job)
        return once(self, lambda: self.act(job, body.validated_data))


class LeaseView(StepView):
    serializer_class = serializers.TakeLeaseSerializer
    http_method_names = ["post", "delete"]

    @extend_schema(
        operation_id="lease_job",
        summary=f"Keep your other workers from this job for {print_jobs.LASTS.seconds // 60} minutes",
        description="Renew it by the same call. While it runs, steps need its token. 409 lease-held: another worker has it.",
        parameters=[KEY, LEASE],
        request=serializers.TakeLeaseSerializer,
        responses={
            200: described.answer(serializers.LeaseTakenSerializer, described.LEASED),
            **described.refusals("lease-held", "past-cut-off"),
        },
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def act(self, job: PrintJob, data: dict[str, Any]) -> dict[str, Any]:
        taken = print_jobs.lease(job.pk, holder=data["holder"], token=self.lease)
        until = timezone.localtime(taken.until).isoformat()
        return {"holder": taken.holder, "token": taken.token, "until": until, "job": serializers.job_now(job.pk)}

    @extend_schema(
        operation_id="release_job",
        summary="Let your other workers have it",
        description="Nothing happens where there is no lease.",
        parameters=[LEASE],
        responses={204: None, **problems(400, 401, 404, 409, kinds={409: ("lease-held",)})},
    )
    def delete(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        with as_problems(), transaction.atomic():
            print_jobs.release(job.pk, token=self.lease)
            self.record(204)
        return Response(status=204)


class AcknowledgeView(StepView):
    serializer_class = serializers.AcknowledgeSerializer

    @step(
        "acknowledge_job",
        "You have every file of the latest revision",
        serializer_class,
        description="Send what you measured of every file. 422 checksum-mismatch names each that differs.",
        kinds=("lease-held", "stale-revision", "past-cut-off", "checksum-mismatch"),
        example=described.ACKNOWLEDGE,
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        checks = [print_jobs.FileCheck(**file) for file in data["files"]]
        print_jobs.acknowledge(job.pk, revision=data["revision"], files=checks, lease=self.lease)


class RejectView(StepView):
    serializer_class = serializers.RejectSerializer

    @step(
        "reject_job",
        "You will not print this",
        serializer_class,
        description="Possible until production starts. Its pieces have failed.",
        kinds=("lease-held",),
        example=described.REJECT,
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.reject(job.pk, reason=data["reason"], details=data.get("details", ()), lease=self.lease)


class ProductionStartView(StepView):
    serializer_class = serializers.StartSerializer

    @step(
        "start_production",
        "The point of no return",
        serializer_class,
        description="409 withdrawals-pending: somebody objected. Acknowledge the list of withdrawals, and the files of"
        " the latest revision.",
        kinds=("lease-held", "withdrawals-pending", "stale-revision", "past-cut-off"),
        example={"revision": 2},
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def prepare(self, job: PrintJob) -> None:
        print_jobs.withdraw_barred(job.pk)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.start_production(job.pk, revision=data["revision"], lease=self.lease)


class PrintedView(StepView):
    serializer_class = serializers.PrintedSerializer

    @step(
        "finish_printing",
        "Everything is printed, and waits for the carrier",
        serializer_class,
        description="Optional; `posted` may follow production-start at once.",
        kinds=("lease-held",),
        example={},
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.finish_printing(job.pk, lease=self.lease)


class PostedView(StepView):
    serializer_class = serializers.PostedSerializer

    @step(
        "post_job",
        "The carrier has the pieces, all of them or some",
        serializer_class,
        description="Several postings add up; say `more_follows` with all but the last. With fewer pieces than are due in"
        " the end, report the posted ones row by row. More are refused, and a receipt for two postings.",
        kinds=("lease-held", "pieces-mismatch", "receipt-reused"),
        example=described.POSTED,
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        more_follows = data.pop("more_follows", False)
        print_jobs.post(job.pk, print_jobs.Posting(**data), more_follows=more_follows, lease=self.lease)


class DeletionCertificateView(StepView):
    serializer_class = serializers.CertificateSerializer

    @step(
        "certify_deletion",
        "You have destroyed your copies of the files",
        serializer_class,
        description="Due so many days after posting, see `deletion_due_at` of the job; else there are no new jobs.",
        kinds=("deleted-too-early",),
        example=described.CERTIFICATE,
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.certify(job.pk, print_jobs.Certificate(**data))


class ItemsView(VendorView):
    write_scope = Scope.RESULTS_WRITE
    parser_classes = [JsonParser, *bulk.PARSERS]

    @extend_schema(
        operation_id="report_items",
        summary="What became of single pieces, each row judged alone",
        description=f"In any order, as often as you like: an event_id counts once. At most {serializers.MOST_ROWS} rows as"
        f" JSON, {bulk.MOST_ROWS} rows and {bulk.MOST_BYTES} bytes as CSV or JSON lines. Letters may come back weeks later.",
        parameters=[KEY],
        request=described.REPORTS,
        responses={
            200: described.answer(serializers.ItemResultsSerializer, described.RESULTS),
            **described.refusals(),
        },
    )
    def post(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)

        def act() -> dict[str, Any]:
            return {**row_results(job, request.data), "job": serializers.job_now(job.pk)}

        return once(self, act)


class WithdrawalsView(VendorView):
    parameters = frozenset({"after"})

    @extend_schema(
        operation_id="list_withdrawals",
        summary="Letters that must not be printed, or should not have been",
        description="In time: gone from the files of this revision. Not in time: take it out by hand if you still can.",
        parameters=described.AFTER,
        responses={
            200: described.answer(serializers.WithdrawalPageSerializer, described.WITHDRAWALS),
            **problems(400, 401, 404),
        },
    )
    def get(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        after = described.cursor(request.query_params)
        found = list(print_jobs.withdrawals(job, after=after)[: described.WITHDRAWALS_A_PAGE + 1])
        page = found[: described.WITHDRAWALS_A_PAGE]
        following = str(page[-1].seq) if len(found) > len(page) else None
        body = {"revision": job.revision, "withdrawals": page, "next": following}
        return Response(serializers.told(serializers.WithdrawalPageSerializer, body))


class AcknowledgeWithdrawalsView(StepView):
    serializer_class = serializers.PrintedSerializer

    @step(
        "acknowledge_withdrawals",
        "You know of every withdrawal up to this number",
        None,
        description="They will not be printed, or not be posted where that is still possible.",
        kinds=("lease-held",),
        example=None,
    )
    def post(self, request: Request, job_id: str, seq: str) -> Response:
        job, number = self.job(job_id), whole_number(seq)
        if number is None or not print_jobs.withdrawals(job).filter(seq=number).exists():
            raise not_found()
        self.up_to = number
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.acknowledge_withdrawals(job.pk, up_to=self.up_to, lease=self.lease)
