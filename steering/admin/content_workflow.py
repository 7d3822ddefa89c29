"""From draft to approved: what stands in the way, comments, versions with their differences and uses, one page a content."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns import blocks, differences, versions, workflow
from campaigns.admin.pages import back, note, require, sentence
from campaigns.models import Content, ContentState
from campaigns.workflow import WorkflowError
from channels import registry
from steering import reuse

COLOURS = {
    ContentState.DRAFT: "info",
    ContentState.IN_REVIEW: "warning",
    ContentState.APPROVED: "success",
    ContentState.ARCHIVED: "default",
}
ICONS = {
    "submit": "rate_review",
    "send back": "undo",
    "approve": "verified",
    "archive": "inventory_2",
    "restore": "unarchive",
}
WORDS = {
    "submit": "Submit for review",
    "send back": "Send back",
    "approve": "Approve",
    "archive": "Archive",
    "restore": "Take up again",
}
DRAFTED = "draft"  # stands for the blocks as they are saved, where two versions are compared


class WorkflowPages:
    """Mixed into the admin of contents."""

    def pages(self) -> tuple:
        return (
            *super().pages(),
            ("<int:pk>/review/", "review", self.review_view),
            ("<int:pk>/do/<str:verb>/", "do", require_POST(self.do_view)),
            ("<int:pk>/comment/", "comment", require_POST(self.comment_view)),
            ("<int:pk>/resolve/<int:comment>/", "resolve", require_POST(self.resolve_view)),
            ("<int:pk>/differences/", "differences", self.differences_view),
        )

    @display(description="State", label={state.value: colour for state, colour in COLOURS.items()})
    def shown_state(self, content: Content) -> tuple[str, str]:
        return content.state, content.get_state_display()

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.view_content")
        content = get_object_or_404(Content.objects.select_related("submitted_by"), pk=pk)
        newest = versions.newest_of(content)
        found = [_finding(finding) for finding in workflow.findings(content)]
        return self.page(
            request,
            "steering/content_review.html",
            title=f"Review: {content}",
            of=content,
            buttons=_buttons(content, request, is_blocked=any(finding["is_error"] for finding in found)),
            findings=found,
            comments=content.comments.select_related("by", "resolved_by").order_by(
                F("resolved_at").desc(nulls_first=True), "-id"
            ),
            blocks=_block_names(content),
            may_comment=any(map(request.user.has_perm, (workflow.COMMENT, workflow.CHANGE, workflow.APPROVE))),
            newest=newest,
            changes=differences.between(newest.blocks, content.blocks) if newest else None,
            reuse=reuse.of_content(pk),
            versions=_versions(content),
        )

    def do_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        require(request, "campaigns.view_content")
        content = get_object_or_404(Content, pk=pk)
        try:
            said = _done(content, verb.replace("-", " "), request)
        except WorkflowError as error:
            messages.error(request, sentence(error))
        else:
            note(request, content, said)
            messages.success(request, f"{content} is {content.get_state_display().lower()} now.")
        return back(request, "admin:campaigns_content_review", pk)

    def comment_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "campaigns.view_content")
        content = get_object_or_404(Content, pk=pk)
        try:
            workflow.comment(
                content, request.user, request.POST.get("text", ""), block_id=request.POST.get("block_id", "")
            )
        except WorkflowError as error:
            messages.error(request, sentence(error))
        return back(request, "admin:campaigns_content_review", pk)

    def resolve_view(self, request: HttpRequest, pk: int, comment: int) -> HttpResponse:
        require(request, "campaigns.view_content")
        content = get_object_or_404(Content, pk=pk)
        get_object_or_404(content.comments, pk=comment)
        try:
            workflow.resolve(comment, request.user)
        except WorkflowError as error:
            messages.error(request, sentence(error))
        return back(request, "admin:campaigns_content_review", pk)

    def differences_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Between two versions, or a version and what is saved now: ?from=1&to=2, ?from=1&to=draft."""
        require(request, "campaigns.view_content")
        content = get_object_or_404(Content, pk=pk)
        numbers = [str(version.number) for version in content.versions.order_by("number")]
        before = request.GET.get("from") or (numbers[-1] if numbers else DRAFTED)
        after = request.GET.get("to") or DRAFTED
        return self.page(
            request,
            "steering/content_differences.html",
            title=f"Differences: {content}",
            of=content,
            choices=[(number, f"Version {number}") for number in numbers] + [(DRAFTED, "As it is saved now")],
            before=before,
            after=after,
            changes=differences.between(_blocks(content, before), _blocks(content, after)),
        )


def _done(content: Content, verb: str, request: HttpRequest) -> str:
    """Do the verb as the person who asks; returns what the history says of it."""
    by, why = request.user, request.POST.get("why", "")
    if verb == "approve":
        confirmed = request.POST.getlist("confirmed")
        version = workflow.approve(content, by, confirmed=confirmed, seen_at=_seen_at(request))
        confirmation = f", {len(version.confirmed)} warnings confirmed" if version.confirmed else ""
        return f"approved as version {version.number}{confirmation}"
    if verb == "submit":
        workflow.submit(content, by)
    elif verb == "send back":
        workflow.send_back(content, by, why=why)
    elif verb == "archive":
        workflow.archive(content, by)
    elif verb == "restore":
        workflow.restore(content, by)
    else:
        raise WorkflowError(f"there is no step {verb!r}")
    return workflow.PAST[verb]


def _seen_at(request: HttpRequest) -> datetime | None:
    try:
        return parse_datetime(request.POST.get("seen_at", ""))
    except ValueError:
        raise WorkflowError("it cannot be known what you have looked at: look again") from None


def _buttons(content: Content, request: HttpRequest, *, is_blocked: bool) -> list[dict[str, Any]]:
    return [
        {"name": verb.replace(" ", "-"), "words": WORDS[verb], "icon": ICONS[verb], "is_approval": verb == "approve"}
        for verb in workflow.allowed(content, request.user)
        if verb != "approve" or not is_blocked
    ]


def _finding(finding: workflow.Finding) -> dict[str, Any]:
    label = registry.get(finding.channel).label if finding.channel in registry.CHANNELS else finding.channel
    where = ": ".join(part for part in (label, finding.path) if part)
    return {"key": finding.key, "is_error": finding.is_error, "where": where, "reason": finding.reason}


def _block_names(content: Content) -> list[tuple[str, str]]:
    labels = {name: block_type.label for name, block_type in blocks.BLOCK_TYPES.items()}
    found = [block for block in content.blocks if isinstance(block, dict) and block.get("id")]
    return [(block["id"], f"{labels.get(block.get('type'), 'Block')} “{block['id']}”") for block in found]


def _versions(content: Content) -> list[dict[str, Any]]:
    """The newest first, with what each of them was used for, and which one came before."""
    uses = reuse.of_content(content.pk).by_version
    found = list(content.versions.select_related("approved_by", "submitted_by").order_by("-number"))
    earlier = {after.pk: before.number for after, before in pairwise(found)}
    return [
        {"version": version, "uses": uses.get(version.pk, reuse.Uses()), "earlier": earlier.get(version.pk)}
        for version in found
    ]


def _blocks(content: Content, which: str) -> list[dict[str, Any]]:
    if which == DRAFTED:
        return content.blocks
    is_number = which.isascii() and which.isdecimal() and len(which) < 10
    version = content.versions.filter(number=int(which)).first() if is_number else None
    if version is None:
        raise Http404
    return version.blocks
