"""Addresses that must not be used; only their keyed hashes are kept, so there is nothing to read but kind and reason."""

from django.contrib import admin

from campaigns.models import Suppression

from .pages import BigAdmin, ReadOnly


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, BigAdmin):
    list_display = ("created_at", "kind", "reason", "source")
    list_display_links = None
    fields = ("kind", "reason", "source", "created_at")
