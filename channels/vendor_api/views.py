"""The print vendor API. Views check who asks and what was sent; channels.print_jobs does the rest."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from .. import print_jobs
from ..api.authentication import HasKey, KeyAuthentication
from ..api.problems import Problem, documented
from ..models import ApiKey, JobState, MailingFile, PrintJob
from . import downloads, serializers
from .described import KEY, RANGE, READ, STEP, TOLD, step
from .errors import not_found
from .idempotency import once
from .rows import row_results

PAGE = 100


class VendorView(APIView):
    """A view of the vendor whose key is used; nothing of another vendor exists in it."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasKey]
    key_scope = ApiKey.Scope.VENDOR
    http_method_names = ["get", "head", "post"]  # OPTIONS would answer for jobs that are not there

    @property
    def jobs(self) -> QuerySet[PrintJob]:
        return PrintJob.objects.filter(vendor_id=self.request.auth.vendor_id)

    def job(self, job_id: str) -> PrintJob:
        """Raises the same 404 for others' jobs, unknown ones, and ids that are no ids."""
        is_id = job_id.isascii() and job_id.isdecimal() and len(job_id) < 19
        job = self.jobs.filter(pk=int(job_id)).first() if is_id else None
        if job is None:
            raise not_found()
        return job


class JobsView(VendorView):
    @extend_schema(
        operation_id="list_jobs",
        description="A job is a mailing or an order of leaflets; `allowed` says which steps can be taken now.",
        summary="Your jobs, oldest first, at most 100 a page",
        parameters=[
            OpenApiParameter("state", str, enum=JobState.values, description="Only jobs in this state"),
            OpenApiParameter("after", str, description="`next` of the page before"),
        ],
        responses={200: serializers.JobPageSerializer, **documented(400, 401)},
    )
    def get(self, request: Request) -> Response:
        state, after = request.query_params.get("state", ""), request.query_params.get("after", "0")
        if state and state not in JobState.values:
            raise Problem(400, "invalid", f"state must be one of {', '.join(JobState.values)}")
        if not (after.isascii() and after.isdecimal() and len(after) < 19):
            raise Problem(400, "invalid", "after must be the `next` of the page before")
        jobs = self.jobs.filter(pk__gt=int(after), **({"state": state} if state else {})).order_by("pk")
        page = list(jobs[: PAGE + 1])
        following = str(page[PAGE - 1].pk) if len(page) > PAGE else None
        return Response(serializers.JobPageSerializer({"jobs": page[:PAGE], "next": following}).data)


class JobView(VendorView):
    @extend_schema(
        operation_id="show_job",
        description="As it is now.",
        summary="One job",
        responses={200: serializers.JobSerializer, **READ},
    )
    def get(self, request: Request, job_id: str) -> Response:
        return Response(serializers.JobSerializer(self.job(job_id)).data)


class FilesView(VendorView):
    @extend_schema(
        operation_id="list_files",
        description="What each is, how long, and its checksum.",
        summary="The files of the latest revision",
        responses={200: serializers.FileListSerializer, **READ},
    )
    def get(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        files = MailingFile.objects.filter(job=job, revision=job.revision).order_by("name")
        return Response(serializers.FileListSerializer({"revision": job.revision, "files": files}).data)


class AnyAccept(DefaultContentNegotiation):
    """A file is what it is, whatever a client says it accepts."""

    def select_renderer(self, request: Request, renderers: list, format_suffix: str | None = None) -> tuple:
        return renderers[0], renderers[0].media_type


class FileView(VendorView):
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="download_file",
        summary="One file; Range, If-Range and If-None-Match are honoured",
        description="409 stale-revision: there is a newer one. 410: the job is cancelled, rejected or long posted.",
        parameters=[
            OpenApiParameter("revision", int, description="Must be the latest; so you never mix two"),
            *RANGE,
            *TOLD,
        ],
        responses={(200, "*/*"): OpenApiTypes.BINARY, (206, "*/*"): OpenApiTypes.BINARY, 304: None}
        | documented(401, 404, 409, 410, 416),
    )
    def get(self, request: Request, job_id: str, name: str) -> HttpResponseBase:
        job = self.job(job_id)
        if job.state in (JobState.CANCELLED, JobState.REJECTED):
            raise Problem(410, "withdrawn", f"this job is {job.state}", allowed=[])
        self._check_revision(request, job)
        # Names are compared here: the database would choke on some that clients can send.
        files = MailingFile.objects.filter(job=job, revision=job.revision)
        file = next((one for one in files if one.name == name), None)
        if file is None:
            raise not_found()
        answer = downloads.answer(request, file)
        if request.method == "GET":
            print_jobs.note_download(job)
        return answer

    def handle_exception(self, error: Exception) -> Response:
        response = super().handle_exception(error)
        for header, value in getattr(error, "headers", {}).items():  # 416 says how long the file is
            response[header] = value
        return response

    def _check_revision(self, request: Request, job: PrintJob) -> None:
        """An older revision names people who were withdrawn since."""
        asked = request.query_params.get("revision", str(job.revision))
        if asked != str(job.revision):
            raise Problem(
                409,
                "stale-revision",
                f"revision {job.revision} is the latest",
                allowed=list(print_jobs.allowed(job)),
                revision=job.revision,
            )


class StepView(VendorView):
    """A POST that moves a job on: checked body in, the job as it then is out."""

    serializer_class: type[Serializer]

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def prepare(self, job: PrintJob) -> None:
        """What must stay done even when the step is refused."""

    def answer(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        body = self.serializer_class(data=request.data)
        body.is_valid(raise_exception=True)

        def act() -> dict[str, Any]:
            self.take(job, body.validated_data)
            return dict(serializers.JobSerializer(self.job(job_id)).data)

        self.prepare(job)
        return once(request, act)


class AcknowledgeView(StepView):
    serializer_class = serializers.AcknowledgeSerializer

    @step(
        "acknowledge_job",
        "You have every file of the latest revision",
        serializer_class,
        description="Send what you measured of every file. 422 checksum-mismatch names each that differs.",
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        checks = [print_jobs.FileCheck(**file) for file in data["files"]]
        print_jobs.acknowledge(job.pk, revision=data["revision"], files=checks)


class RejectView(StepView):
    serializer_class = serializers.RejectSerializer

    @step(
        "reject_job",
        "You will not print this",
        serializer_class,
        description="Possible until production starts. Its pieces have failed.",
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.reject(job.pk, reason=data["reason"])


class ProductionStartView(StepView):
    serializer_class = serializers.StartSerializer

    @step(
        "start_production",
        "The point of no return",
        serializer_class,
        description="409 withdrawals-pending: somebody objected, so fetch and acknowledge the latest revision.",
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def prepare(self, job: PrintJob) -> None:
        print_jobs.withdraw_barred(job.pk)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.start_production(job.pk, revision=data["revision"])


class PostedView(StepView):
    serializer_class = serializers.PostedSerializer

    @step(
        "post_job",
        "The carrier has the pieces",
        serializer_class,
        description="With fewer pieces than are due, report the posted ones row by row. More are refused.",
    )
    def post(self, request: Request, job_id: str) -> Response:
        return self.answer(request, job_id)

    def take(self, job: PrintJob, data: dict[str, Any]) -> None:
        print_jobs.post(job.pk, **data)


class ItemsView(VendorView):
    @extend_schema(
        operation_id="report_items",
        description="In any order, as often as you like: an event_id counts once. Letters may come back weeks later.",
        summary=f"What became of single pieces, at most {print_jobs.MOST_AT_ONCE} a call, each row judged alone",
        parameters=[KEY],
        request=serializers.ItemReportsSerializer,
        responses={200: serializers.ItemResultsSerializer, **STEP},
    )
    def post(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)

        def act() -> dict[str, Any]:
            results = row_results(job, request.data)
            return {"results": results, "job": dict(serializers.JobSerializer(self.job(job_id)).data)}

        return once(request, act)


class WithdrawalsView(VendorView):
    @extend_schema(
        operation_id="list_withdrawals",
        description="In time: gone from the files of this revision. Not in time: take it out by hand if you still can.",
        summary="Letters that must not be printed, or should not have been",
        responses={200: serializers.WithdrawalsSerializer, **READ},
    )
    def get(self, request: Request, job_id: str) -> Response:
        job = self.job(job_id)
        withdrawn = [asdict(one) for one in print_jobs.withdrawals(job)]
        return Response(serializers.WithdrawalsSerializer({"revision": job.revision, "withdrawals": withdrawn}).data)
