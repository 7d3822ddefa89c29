"""The print vendor API. Views check who asks and what was sent; channels.print_jobs does the rest."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.numbers import whole_number

from .. import print_jobs
from ..api.problems import MEDIA_TYPE, Problem
from ..api.recorded import RecordedView
from ..models import JobState, MailingFile, PrintJob, Scope
from ..print_jobs import encrypting
from . import described, downloads, listing, own, serializers
from .described import RANGE, TOLD, problems
from .errors import as_problems, not_found

REFUSED = {
    409: ("stale-revision", "encryption-pending", "withdrawals-pending"),
    410: ("withdrawn", "purged"),
}  # of a file
OVERLAP = timedelta(minutes=1)  # what is being written at this moment is seen by the next listing


class JsonAccept(DefaultContentNegotiation):
    """Who takes our problems takes JSON, and an empty header says nothing (RFC 9110, 12.5.1)."""

    def get_accept_list(self, request: Request) -> list[str]:
        said = [token for token in super().get_accept_list(request) if token]
        return [token.replace(MEDIA_TYPE, "application/json") for token in said] or ["*/*"]


class VendorView(RecordedView):
    """A view of the vendor whose key is used; nothing of another vendor exists in it. `parameters`: those of its address."""

    http_method_names = ["get", "head", "post"]  # OPTIONS would answer for jobs that are not there
    content_negotiation_class = JsonAccept
    parameters: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._require_known(request)

    def _require_known(self, request: Request) -> None:
        """One that is misspelt, or meant twice, would be ignored, and another thing answered than was asked for."""
        query = request.query_params
        errors = {name[:80]: "is no parameter" for name in query if name not in self.parameters}
        errors |= {name: "is there twice" for name in self.parameters if len(query.getlist(name)) > 1}
        if errors:
            raise ValidationError(errors)

    @property
    def vendor_id(self) -> int:
        return self.request.auth.vendor_id

    def job(self, job_id: str) -> PrintJob:
        """Raises the same 404 for others' jobs, unknown ones, and ids that are no ids."""
        number = whole_number(job_id)
        return _found(own.job(self.vendor_id, number) if number is not None else None)

    def job_with_files(self, job_id: str, name: str | None = None) -> tuple[PrintJob, list[MailingFile]]:
        """With the files of its latest revision, or the one of this name; raises the same."""
        number = whole_number(job_id)
        job, files = own.job_with_files(self.vendor_id, number, name) if number is not None else (None, [])
        return _found(job), files


def _found(job: PrintJob | None) -> PrintJob:
    if job is None:
        raise not_found()
    return job


class JobsView(VendorView):
    parameters = frozenset(listing.READERS)

    @extend_schema(
        operation_id="list_jobs",
        description="A job is a mailing or an order of leaflets; `allowed` says which steps can be taken now.",
        summary="Your jobs, oldest first, page by page",
        parameters=listing.PARAMETERS,
        responses={200: described.answer(serializers.JobPageSerializer, described.PAGE), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        as_of = timezone.now() - OVERLAP
        page, following = listing.page(self.vendor_id, listing.asked(request.query_params))
        body = {"jobs": page, "next": following, "as_of": as_of}
        return Response(serializers.told(serializers.JobPageSerializer, body))


class JobView(VendorView):
    @extend_schema(
        operation_id="show_job",
        description="What was ordered, how many pieces are where, until when it must be in production.",
        summary="One job",
        responses={
            200: described.answer(serializers.JobDetailSerializer, described.DETAIL),
            **problems(400, 401, 404),
        },
    )
    def get(self, request: Request, job_id: str) -> Response:
        whole = PrintJob.objects.select_related("vendor", "option", "deletion_certificate")
        job = whole.get(pk=self.job(job_id).pk)
        return Response(serializers.told(serializers.JobDetailSerializer, job))


class FilesView(VendorView):
    read_scope = Scope.FILES_READ

    @extend_schema(
        operation_id="list_files",
        description="What each is, how long, and its checksum.",
        summary="The files of the latest revision",
        responses={
            200: described.answer(serializers.FileListSerializer, described.FILES),
            **problems(400, 401, 404),
        },
    )
    def get(self, request: Request, job_id: str) -> Response:
        job, files = self.job_with_files(job_id)
        body = {"revision": job.revision, "files": files}
        return Response(serializers.told(serializers.FileListSerializer, body))


class AnyAccept(DefaultContentNegotiation):
    """A file is what it is, whatever a client says it accepts."""

    def select_renderer(self, request: Request, renderers: list, format_suffix: str | None = None) -> tuple:
        return renderers[0], renderers[0].media_type


class FileView(VendorView):
    read_scope = Scope.FILES_READ
    parameters = frozenset({"revision"})
    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="download_file",
        summary="One file; Range, If-Range, If-Match and If-None-Match are honoured",
        description="409 stale-revision: there is a newer one; encryption-pending: no valid key of yours opens it;"
        " withdrawals-pending: it comes anew, without letters that were withdrawn. 410: the job is cancelled, rejected or long posted.",
        parameters=[
            OpenApiParameter("revision", int, description="Must be the latest; so you never mix two"),
            *RANGE,
            *TOLD,
        ],
        responses={(200, "*/*"): OpenApiTypes.BINARY, (206, "*/*"): OpenApiTypes.BINARY, 304: None}
        | problems(400, 401, 404, 409, 410, 412, 416, kinds=REFUSED),
    )
    def get(self, request: Request, job_id: str, name: str) -> HttpResponseBase:
        job, files = self.job_with_files(job_id, name)
        _require_wanted(job)
        self._check_revision(request, job)
        if not files:
            raise not_found()
        with as_problems():
            encrypting.require_valid(job, files[0])
        answer = downloads.answer(request, files[0])
        if request.method == "GET" and answer.status_code != 304:
            with as_problems():
                print_jobs.note_download(job)
        return answer

    def _check_revision(self, request: Request, job: PrintJob) -> None:
        """An older revision names people who were withdrawn since."""
        asked = whole_number(request.query_params.get("revision", str(job.revision)))
        if asked is None:
            raise ValidationError({"revision": "must be the number of a revision"})
        if asked != job.revision:
            raise Problem(
                409,
                "stale-revision",
                f"revision {job.revision} is the latest",
                allowed=list(print_jobs.allowed(job)),
                revision=job.revision,
            )


def _require_wanted(job: PrintJob) -> None:
    if job.state in (JobState.CANCELLED, JobState.REJECTED, JobState.EXPIRED):
        raise Problem(410, "withdrawn", f"this job is {job.state}", allowed=list(print_jobs.allowed(job)))
