"""The admin of the platform: what needs to know channels, plans and results, and who the staff are."""

from django.contrib import admin

from campaigns.admin import channel_choices
from channels import registry

from . import (
    assets,
    assignments,
    campaigns,
    content_variants,
    contents,
    limits,
    rules,
    staff,
    triggers,
    versions,
    waves,
)

channel_choices.tell(registry.choices())
admin.site.index_title = "Overview"

__all__ = [
    "assets",
    "assignments",
    "campaigns",
    "content_variants",
    "contents",
    "limits",
    "rules",
    "staff",
    "triggers",
    "versions",
    "waves",
]
