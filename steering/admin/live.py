"""The live preview beside the editor: one page a channel, so that slow ones hold nobody up, and the person it is for."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns import blocks as content_blocks
from campaigns import languages, placeholders, search
from campaigns.admin.pages import require
from campaigns.admin.writing.places import place
from campaigns.models import Content, Customer
from campaigns.numbers import whole_number
from channels import checks, preview_people, previews, registry, renditions
from channels.checks import Stage
from channels.landing import looking
from channels.previews import Preview, Problem

from .content_form import in_use
from .editing import blocks_in, channels
from .previews import parts

MADE_UP, NOTHING, EVERY_BLOCK = "made-up", "nothing", "every-block"
WHO = {
    MADE_UP: "Somebody made up, with long names",
    NOTHING: "Somebody made up, of whom everything is missing",
    EVERY_BLOCK: "Somebody made up, with every block, whoever it is for",
}
REAL = {
    "anyone": preview_people.anyone,
    "longest": preview_people.with_the_longest_name,
    "least": preview_people.least_known,
}
MOST_FOUND = 8


def boxes() -> list[dict[str, Any]]:
    """What the page holds for each medium; the printed ones are asked for later, because they take longer."""
    return [
        {
            "name": name,
            "label": label,
            "url": reverse("admin:campaigns_content_live", args=[name]),
            "is_paper": name in previews.PICTURES,
        }
        for name, label in channels()
    ]


def context(request: HttpRequest, content: Content | None) -> dict[str, Any]:
    """For the page that holds the live preview."""
    return {
        "comments": content.comments.filter(resolved_at=None).select_related("by") if content else (),
        "boxes": boxes(),
        "who": WHO.items(),
        "languages": languages.LANGUAGES.items(),
        "may_choose": request.user.has_perm("campaigns.view_customer"),
        "people_url": reverse("admin:campaigns_content_people"),
        "findings_url": reverse("admin:campaigns_content_findings"),
    }


class LivePages:
    """Mixed into the admin of contents."""

    def pages(self) -> tuple:
        return (
            *super().pages(),
            ("live/people/", "people", require_POST(self.people_view)),
            ("live/findings/", "findings", require_POST(self.findings_view)),
            ("live/on/<str:channel>/", "live", require_POST(self.live_view)),
        )

    def people_view(self, request: HttpRequest) -> HttpResponse:
        """Customers to choose from: who is searched for by words, or one who shows where texts break."""
        require(request, "campaigns.view_content")
        require(request, "campaigns.view_customer")
        asked = request.POST.get("find", "")
        if asked in REAL:
            id_ = REAL[asked]()
            found = Customer.objects.filter(pk=id_) if id_ else Customer.objects.none()
        else:
            found = search.find(request.POST.get("words", "")[:100])[:MOST_FOUND]
        return render(request, "steering/live_people.html", {"found": list(found), "is_one": asked in REAL})

    def live_view(self, request: HttpRequest, channel: str) -> HttpResponse:
        if channel not in dict(channels()):
            raise Http404
        try:
            blocks = _written(request)
        except ValueError:
            return _box(request, channel, {"note": "It is not JSON yet."})
        return _box(request, channel, _of_person(request, blocks, channel))

    def findings_view(self, request: HttpRequest) -> HttpResponse:
        """What speaks against the content on the media that campaigns send it by, or on all; `stage` as in channels.checks."""
        stage = Stage.PAPER if request.POST.get("stage") == Stage.PAPER else Stage.QUICK
        try:
            blocks = _written(request)
        except ValueError as error:
            return render(request, "steering/live_findings.html", {"unreadable": str(error), "stage": stage})
        content = _saved(request)
        used_on = in_use(content) if content else []
        found = checks.check(blocks, used_on or list(registry.CHANNELS), only=stage)
        problems = placed([Problem(one.channel, one.path, one.reason) for one in found], blocks)
        shown = [line | {"is_error": one.is_error} for line, one in zip(problems, found, strict=True)]
        is_broken = next(content_blocks.errors(blocks), None) is not None
        return render(
            request,
            "steering/live_findings.html",
            {
                "stage": stage,
                # What is wrong in itself is said once, not with the paper as well.
                "errors": [one for one in shown if one["is_error"]] if stage == Stage.QUICK or not is_broken else [],
                "warnings": [one for one in shown if not one["is_error"]],
                "is_unused": not used_on,
            },
        )


def placed(problems: list[Problem], blocks: Any) -> list[dict[str, Any]]:
    """Problems with their places, for people and for the page's script."""
    labels = dict(channels())
    return [
        {"reason": one.reason, "channel": labels.get(one.channel, ""), "place": place(one.path, blocks, labels)}
        for one in problems
    ]


def _written(request: HttpRequest) -> Any:
    """What is being written; who may not write sees what is saved."""
    if request.user.has_perm("campaigns.add_content") or request.user.has_perm("campaigns.change_content"):
        return blocks_in(request)
    require(request, "campaigns.view_content")
    saved = _saved(request)
    if saved is None:
        raise Http404
    return saved.blocks


def _saved(request: HttpRequest) -> Content | None:
    number = whole_number(request.POST.get("content", ""))
    return None if number is None else Content.objects.filter(pk=number).first()


def _of_person(request: HttpRequest, blocks: Any, channel: str) -> dict[str, Any]:
    if next(content_blocks.errors(blocks), None):
        return {"note": "Mend what is wrong first: this shows what stood here before."}
    who, language = request.POST.get("who", MADE_UP), request.POST.get("spoken", "")
    if who == EVERY_BLOCK:
        blocks = preview_people.with_every_block(blocks)
    personal = _personal(request, who, blocks)
    if personal is None:
        return {"note": "This customer is not there any more. Choose somebody else."}
    if language in languages.LANGUAGES:
        personal = preview_people.in_language(personal, language)
    if channel == looking.NAME:
        return _shown(looking.look(blocks, personal), blocks, personal)
    return _shown(previews.one(channel, blocks, personal), blocks, personal)


def _personal(request: HttpRequest, who: str, blocks: Any) -> dict[str, Any] | None:
    if who == NOTHING:
        return preview_people.nobody_knows(blocks)
    number = whole_number(who)
    if number is None:
        return renditions.made_up(blocks, languages.own())
    require(request, "campaigns.view_customer")
    try:
        return renditions.personal(number, blocks)
    except ValueError:
        return None


def _shown(made: Preview, blocks: Any, personal: dict[str, Any]) -> dict[str, Any]:
    rendition = made.rendition
    return {
        "label": made.label,
        "problems": placed(list(made.problems), blocks),
        "lacks": placed([Problem("", one.path, one.reason) for one in made.not_carried if rendition], blocks),
        "subject": rendition.parts.get("subject", "") if rendition else "",
        "parts": list(parts(rendition, made.picture)) if rendition else [],
        "sender": settings.SENDER_NAME,
        "preheader": _preheader(blocks, personal) if made.channel == "email" else "",
    }


def _preheader(blocks: Any, personal: dict[str, Any]) -> str:
    """What a list of mails shows behind the subject."""
    language = placeholders.spoken_language(personal)
    said = content_blocks.for_channel(blocks, "email", language)
    first = next((block["preheader"] for block in said if block.get("preheader")), "")
    return placeholders.parse(first).fill(personal)


def _box(request: HttpRequest, channel: str, shown: dict[str, Any]) -> HttpResponse:
    """Where there is nothing to show, only the note changes, and what was shown before stays to look at."""
    response = render(request, "steering/live_box.html", {"channel": channel, **shown})
    if not shown.get("parts"):
        response["HX-Retarget"], response["HX-Reswap"] = f"#live-{channel} .live-note", "outerHTML"
    return response
