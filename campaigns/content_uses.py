"""Where a content is used by campaigns that are not archived."""

from django.db.models import Q

from .models import Campaign, Content, Option


def options(content: Content) -> Q:
    """Which options send it: their own content, their campaign's, or one of their variants."""
    of_campaign = Q(content=None, campaign__content=content)
    return Q(content=content) | of_campaign | Q(comparison__variants__content=content)


def channels(content: Content) -> list[str]:
    """Channels on which campaigns that are not archived send it, by name."""
    if content.pk is None:
        return []
    in_use = Option.objects.filter(options(content), campaign__is_archived=False)
    return sorted(set(in_use.values_list("channel", flat=True)))


def campaigns(content: Content) -> list[str]:
    """Names of the campaigns that are not archived and use it."""
    chosen = Option.objects.filter(options(content)).values("campaign")
    used = Campaign.objects.filter(Q(content=content) | Q(pk__in=chosen), is_archived=False)
    return list(used.order_by("name").values_list("name", flat=True))
