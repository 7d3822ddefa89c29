"""Customers asked whether they may be quoted: the page behind the link on which they answer, and the mail that brings it."""

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns import languages, personalise
from campaigns.models import Identifier, IdentifierKind, Objection, Suppression, Testimonial
from campaigns.testimonials import life
from campaigns.testimonials.life import Asked, TestimonialError

SUBJECT = {"de": "Dürfen wir Sie zitieren?", "en": "May we quote you?"}
TEXT = {
    "de": (
        "{salutation},\n\nüber Ihre Worte haben wir uns gefreut:\n\n    „{quote}“\n\nDürfen wir sie zeigen, wenn wir andere"
        " über uns informieren? Hier sagen Sie Ja oder Nein und bestimmen, ob und wie wir Sie nennen:\n\n    {url}\n\n"
        "Ohne Ihr Ja zeigen wir nichts, und es kann dort jederzeit zurückgenommen werden.\n\n{sender}\n"
    ),
    "en": (
        "{salutation},\n\nyour words have made us happy:\n\n    “{quote}”\n\nMay we show them when we tell others about us?"
        " Say yes or no here, and choose whether and how we name you:\n\n    {url}\n\n"
        "Without your yes we show nothing, and you can take it back there at any time.\n\n{sender}\n"
    ),
}


def url(token: str) -> str:
    """Where the customer answers."""
    return settings.SITE_URL + reverse("testimonial", args=[token])


def ask(testimonial_id: int, *, by: User, by_mail: bool) -> str:
    """The link by which the customer answers; it is sent, or for staff to pass on. Raises TestimonialError."""
    token = life.ask(testimonial_id, by=by)
    if by_mail:
        try:
            send_question(Testimonial.objects.select_related("customer").get(pk=testimonial_id), token)
        except (TestimonialError, OSError) as error:
            life.take_back_question(testimonial_id)
            reason = error if isinstance(error, TestimonialError) else "the mail server did not take the question"
            raise TestimonialError(str(reason)) from error
    return url(token)


def send_question(testimonial: Testimonial, token: str) -> None:
    """By mail, to the address that the customer is known by. Raises TestimonialError where none may be used."""
    language = _language(testimonial)
    fields = personalise.in_language(
        personalise.fields_for([testimonial.customer_id])[testimonial.customer_id], language
    )
    text = TEXT[language].format(
        salutation=fields["salutation_line"], quote=testimonial.quote, url=url(token), sender=settings.SENDER_ADDRESS
    )
    mail = EmailMessage(SUBJECT[language], text, to=[_address(testimonial.customer_id)])
    mail.extra_headers["Auto-Submitted"] = "auto-generated"
    mail.send()


def _address(customer_id: int) -> str:
    """Nobody who wants no mail from us is asked by mail."""
    if Objection.objects.filter(
        customer_id=customer_id, lifted_at=None, campaign=None, channel__in=["", "email"]
    ).exists():
        raise TestimonialError("the customer wants no mail from us; ask where they speak with you")
    known = Identifier.objects.filter(customer_id=customer_id, kind=IdentifierKind.EMAIL).order_by("pk")
    digests = [bytes(one.digest) for one in known]
    suppressed = {
        bytes(digest) for digest in Suppression.objects.filter(digest__in=digests).values_list("digest", flat=True)
    }
    usable = [one.value for one, digest in zip(known, digests, strict=True) if digest not in suppressed]
    if not usable:
        raise TestimonialError("no e-mail address of the customer can be used; ask where they speak with you")
    return usable[0]


@csrf_exempt  # the token is the permission; who follows it has no session
@require_http_methods(["GET", "HEAD", "POST"])
def answer_view(request: HttpRequest, token: str) -> HttpResponse:
    asked = life.find(token)
    if asked is None:
        raise Http404
    status = 200
    if request.method == "POST":
        try:
            _answer(request, asked)
        except TestimonialError:  # answered meanwhile in another window
            status = 409
        asked = life.find(token) or asked
    response = render(request, "channels/testimonial.html", _context(asked), status=status)
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _answer(request: HttpRequest, asked: Asked) -> None:
    if request.POST.get("answer") == "yes":
        life.permit(asked, naming=request.POST.get("naming", ""))
    elif request.POST.get("answer") == "no":
        life.refuse(asked)


def _context(asked: Asked) -> dict[str, object]:
    testimonial = asked.testimonial
    return {
        "language": _language(testimonial),
        "testimonial": testimonial,
        "is_permitted": asked.is_permitted,
        "names": [(naming, name) for naming, name in asked.names.items() if name],
        "company": settings.SENDER_NAME,
    }


def _language(testimonial: Testimonial) -> str:
    return languages.chosen(testimonial.customer.language)
