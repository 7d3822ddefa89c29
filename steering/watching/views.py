"""What load balancers, Prometheus and staff ask."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import choose_encoder

from . import collector, dependencies, details, gate


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all: whoever restarts it on failure asks this."""
    return JsonResponse({"live": True})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 if this process can work, else 503 and what does not answer: whoever gives it requests asks this."""
    return _told(dependencies.answers())


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """The same without migrations, which are no reason to be restarted."""
    return _told({"postgresql": dependencies.postgresql_answers(), "redis": dependencies.redis_answers()})


@never_cache
@require_safe
def detail(request: HttpRequest) -> HttpResponse:
    if not gate.is_machine(request):
        if not dependencies.postgresql_answers():  # so nobody can be recognised
            return JsonResponse({"dependencies": {"postgresql": False}}, status=503)
        if not gate.is_staff(request):
            return _refused()
    found = details.gather()
    return JsonResponse(found, status=200 if details.is_well(found) else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not gate.is_machine(request):
        return _refused()
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(collector.registry()), content_type=content_type)


def _told(answers: dict[str, bool]) -> JsonResponse:
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def _refused() -> HttpResponse:
    return JsonResponse(
        {"detail": "a token, a network that may ask, or a permission is needed"},
        status=401,
        headers={"WWW-Authenticate": 'Bearer realm="steering"'},
    )
