"""The form of a content: its blocks as cards, refused with the place and the reason, and never saved over somebody else's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.admin.editors import EditorField
from campaigns.admin.writing.places import place
from campaigns.admin.writing.widget import BlocksWidget
from campaigns.content_uses import channels
from campaigns.models import Content
from channels import previews, registry
from channels.previews import Problem

from . import editing

CHANGED = "{} changed this content while you were writing. Nothing was saved, and nothing of yours is lost."


@dataclass(frozen=True)
class Theirs:
    """What somebody else saved meanwhile."""

    who: str
    at: datetime
    stamp: str


class ContentForm(forms.ModelForm):
    """`seen` says which state of the content the writer began with, `over` whose they have seen and write over."""

    blocks = EditorField(
        initial=[],
        widget=BlocksWidget(editing.channels, editing.urls),
        help_text="Written once, in this order. Where a channel or a language needs other words, say so in the block.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Content
        fields = ("name", "description", "blocks")
        widgets = {"description": UnfoldAdminTextareaWidget({"rows": 2})}

    theirs: Theirs | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "seen" in self.fields:
            self.initial["seen"] = self.instance.updated_at.isoformat()

    def clean_blocks(self) -> Any:
        """What is wrong anywhere is refused; and what a campaign that uses this content could not send any more."""
        written = self.cleaned_data["blocks"]
        if not written:
            raise forms.ValidationError("Write at least one block.")
        found = previews.problems(written, in_use(self.instance))
        if found:
            raise forms.ValidationError([in_words(problem, written) for problem in found])
        return written

    def clean(self) -> dict[str, Any]:
        """Within the transaction of the page, so nobody saves between this look and the saving."""
        cleaned = super().clean()
        seen = cleaned.get("seen")
        if self.instance.pk and seen:
            saved = Content.objects.select_for_update().get(pk=self.instance.pk).updated_at
            if saved.isoformat() not in (seen, self.data.get("over")):
                self.theirs = Theirs(who_changed(self.instance), saved, saved.isoformat())
                self.add_error(None, CHANGED.format(self.theirs.who))
        return cleaned


def in_use(content: Content) -> list[str]:
    """Channels on which campaigns that are not archived send this content."""
    return [name for name in channels(content) if name in registry.CHANNELS] if content.pk else []


def in_words(problem: Problem, blocks: Any) -> str:
    label = registry.get(problem.channel).label if problem.channel else ""
    where = place(problem.path, blocks, dict(editing.channels())).words
    return ": ".join(filter(None, (label, where, problem.reason)))


def who_changed(content: Content) -> str:
    """From the admin's history; a program leaves no name there."""
    kind = ContentType.objects.get_for_model(Content)
    last = LogEntry.objects.filter(content_type=kind, object_id=str(content.pk)).select_related("user").first()
    return (last.user.get_full_name() or last.user.get_username()) if last else "Somebody else"
