"""What stands in the files with the rows, for programs."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from campaigns.numbers import whole_number

from ..mailing_files import schemas
from ..mailing_files.columns import COLUMNS
from ..models import FileFormat, Scope
from .described import problems
from .errors import not_found
from .views import AnyAccept, VendorView


class SchemaView(VendorView):
    read_scope = Scope.FILES_READ
    content_negotiation_class = AnyAccept
    parameters = frozenset({"channel", "job"})

    @extend_schema(
        operation_id="show_schema",
        summary="The columns of a file format: a Table Schema for CSV and XLSX, a JSON Schema for JSON lines, an XSD for XML",
        description="Of any job of a channel, or with `job` of one job, with its columns of personal fields.",
        parameters=[
            OpenApiParameter("name", str, OpenApiParameter.PATH, enum=FileFormat.values),
            OpenApiParameter(
                "channel", str, enum=list(COLUMNS), description="Without it, and without a job: print_mailing"
            ),
            OpenApiParameter("job", int, description="One of your jobs"),
        ],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/schema+json"): OpenApiTypes.OBJECT,
            (200, "application/xml"): OpenApiTypes.STR,
        }
        | problems(400, 401, 404),
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        channel, columns = self._asked(request)
        try:
            schema = schemas.of(name, channel, columns)
        except KeyError:
            raise not_found() from None
        return HttpResponse(schema.text, content_type=schema.media_type)

    def _asked(self, request: Request) -> tuple[str, list[str] | None]:
        if (job_id := request.query_params.get("job")) is not None:
            if whole_number(job_id) is None:
                raise ValidationError({"job": "must be the number of a job"})
            job = self.job(job_id)
            if request.query_params.get("channel", job.channel) != job.channel:
                raise ValidationError({"channel": f"this job is of {job.channel}; it needs none"})
            return job.channel, job.spec.get("columns")
        channel = request.query_params.get("channel", "print_mailing")
        if channel not in COLUMNS:
            raise ValidationError({"channel": f"must be one of {', '.join(COLUMNS)}"})
        return channel, None
