"""The pages by which what is being written is kept, and taken up again or thrown away."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns import drafts
from campaigns.admin.pages import require
from campaigns.models import Content, ContentDraft
from campaigns.numbers import whole_number

from .content_form import ContentForm, who_changed
from .editing import blocks_in

LARGEST = 1_000_000  # bytes of JSON
TAKE_UP = "draft"  # in the address of the page: what was kept stands in its fields


class DraftPages:
    """Mixed into the admin of contents."""

    def pages(self) -> tuple:
        return (
            *super().pages(),
            ("draft/", "draft", require_POST(self.draft_view)),
            ("draft/drop/", "draft_drop", require_POST(self.drop_view)),
        )

    def draft_view(self, request: HttpRequest) -> HttpResponse:
        """POST with the whole form of the editor, and `content` unless it is new. Answers with what to say of it."""
        content = _content(request)
        try:
            blocks = blocks_in(request)
        except ValueError:
            return _said(request, {"problem": "The draft is not kept: this is not JSON yet."})
        if not isinstance(blocks, list) or not _can_be_kept(blocks):
            reason = "it is no list of blocks, too long, or holds what no text holds"
            return _said(request, {"problem": f"The draft is not kept: {reason}."})
        written = drafts.Written(
            name=request.POST.get("name", "").replace("\0", ""),
            description=request.POST.get("description", "").replace("\0", "")[:LARGEST],
            blocks=blocks,
            seen=request.POST.get("seen", "").replace("\0", ""),
        )
        kept = drafts.keep(request.user, content, written)
        over = request.POST.get("over", "")
        is_behind = drafts.is_behind(kept) and content.updated_at.isoformat() != over
        return _said(request, {"kept": kept, "theirs": who_changed(content) if is_behind else ""})

    def drop_view(self, request: HttpRequest) -> HttpResponse:
        content = _content(request)
        drafts.drop(request.user, content)
        messages.success(request, "The draft is thrown away.")
        return redirect(
            *(("admin:campaigns_content_change", content.pk) if content else ("admin:campaigns_content_add",))
        )


def _can_be_kept(blocks: list[Any]) -> bool:
    """By the database, which has room for neither NUL, nor half a character, nor numbers without an end."""
    try:
        text = json.dumps(blocks, allow_nan=False, ensure_ascii=False)
        return len(text.encode()) <= LARGEST and "\\u0000" not in text
    except ValueError:
        return False


def context(request: HttpRequest, content: Content | None, form: ContentForm) -> dict[str, Any]:
    """For the page of the editor. What was kept stands in the fields if the address asks for it."""
    kept = drafts.of(request.user, content) if not form.is_bound else None
    is_open = kept is not None and TAKE_UP in request.GET
    if kept and is_open:
        form.initial |= {name: getattr(kept, name) for name in ("name", "description", "blocks", "seen")}
    return {
        "draft": kept,
        "draft_is_open": is_open,
        "draft_theirs": who_changed(content) if kept and content and drafts.is_behind(kept) else "",
        "draft_url": reverse("admin:campaigns_content_draft"),
    }


def _content(request: HttpRequest) -> Content | None:
    """The content that is written, for who may. None: a new one."""
    number = request.POST.get("content", "")
    if not number:
        require(request, "campaigns.add_content")
        return None
    require(request, "campaigns.change_content")
    return get_object_or_404(Content, pk=whole_number(number))


def _said(request: HttpRequest, said: dict[str, ContentDraft | str]) -> HttpResponse:
    return render(request, "steering/content_draft_said.html", said)
