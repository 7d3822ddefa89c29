"""Sure pairs merged without being asked about, where the platform is told so; every merge can be undone."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from django.conf import settings

from campaigns.models import Customer, DuplicatePair, PairState

from . import merging

MOST = 4  # records of one person; more hang together by chance


def merge_sure() -> int:
    """Returns how many customers were merged into others; none unless MERGE_SURE_DUPLICATES is set."""
    if not settings.MERGE_SURE_DUPLICATES:
        return 0
    count = 0
    for group in list(_groups()):
        people = sorted(Customer.objects.filter(pk__in=group, merged_into=None), key=lambda one: one.pk)
        if len(people) < 2:
            continue
        kept = people[0]
        for other in people[1:]:
            kept = merging.better(kept, other)
        for other in people:
            if other != kept:
                merging.merge(kept.pk, other.pk, is_automatic=True)
                count += 1
    return count


def _groups() -> Iterator[set[int]]:
    """Groups in which everybody is surely everybody else."""
    pairs: dict[int, set[tuple[int, int]]] = defaultdict(set)
    open_pairs = DuplicatePair.objects.filter(state=PairState.OPEN).order_by("cluster", "pk")
    sure = open_pairs.filter(is_sure=True).values_list("cluster", "first_id", "second_id")
    for cluster, first, second in sure.iterator(chunk_size=10_000):
        pairs[cluster].add((first, second))
    for found in pairs.values():
        people = {one for pair in found for one in pair}
        if len(people) <= MOST and all(pair in found for pair in combinations(sorted(people), 2)):
            yield people
