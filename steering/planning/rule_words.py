"""A campaign's rule as one plain English sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.models import Audience, CampaignRule, Measure, Option, Scope
from channels import registry

RELATED = ("campaign", "audience", "of_audience")  # what words need of a rule
GONE = "an option that is gone"


@dataclass(frozen=True)
class Said:
    """Some pieces in words: `by` which options and `to` whom; empty: all, everybody."""

    by: str
    to: str

    def pieces(self) -> str:
        return " ".join(part for part in ("pieces", f"by {self.by}" if self.by else "", self.whom) if part)

    @property
    def whom(self) -> str:
        return f"to {self.to}" if self.to else ""


def labels(rules: Iterable[CampaignRule]) -> dict[int, str]:
    """The name of every option that the rules speak of; one query."""
    ids = {id_ for rule in rules for id_ in (*rule.option_ids, *rule.of_option_ids)}
    known = Option.objects.filter(pk__in=ids).select_related("content", "campaign") if ids else ()
    return {option.pk: option_label(option) for option in known}


def option_label(option: Option) -> str:
    label = _channel(option.channel)
    return f"{label}: {option.content}" if option.content else label


def rule_words(rule: CampaignRule, names: Mapping[int, str] | None = None) -> str:
    """`names` of options by id, from `labels`, so that many rules take one query."""
    names = labels([rule]) if names is None else names
    said = Said(_options(rule.channels, rule.option_ids, names), _whom(rule.audience))
    if rule.scope == Scope.PERSON:
        return _for_each(rule, said)
    if rule.scope == Scope.SHARE:
        return _share(rule, said, names)
    return f"{_bound(rule)} {_together(rule, said)}{_campaigns(rule, ' over all campaigns planned together')}."


def _together(rule: CampaignRule, said: Said) -> str:
    if rule.measure == Measure.PIECES:
        return said.pieces().removeprefix("pieces ") if said.by or said.to else "in all"
    verb = "is spent" if rule.measure == Measure.COST else "of expected margin comes"
    joint = "on" if rule.measure == Measure.COST else "from"
    return f"{verb} {joint} {said.pieces()}"


def _share(rule: CampaignRule, said: Said, names: Mapping[int, str]) -> str:
    of = Said(_options(rule.of_channels, rule.of_option_ids, names), _whom(rule.of_audience))
    everywhere = _campaigns(rule, " of all campaigns planned together")
    whole = f"{SHARED[rule.measure]}{of.pieces()}{everywhere}"
    head = f"{rule.get_sense_display()} {_number(rule)} % of {whole}"
    if everywhere:
        return f"{head} {VERBS[rule.measure][0]} {said.pieces()} of this campaign."
    if said.by == of.by and said.to:
        return f"{head} {VERBS[rule.measure][1]} {said.to}."
    if said.to == of.to and said.by:
        return f"{head} {VERBS[rule.measure][2]} {said.by}."
    return f"{head} {VERBS[rule.measure][0]} {said.pieces()}."


SHARED = {Measure.PIECES: "the ", Measure.COST: "the cost of ", Measure.MARGIN: "the expected margin of "}
# Are: of whatever differs; go to: whom; go by: what.
VERBS = {
    Measure.PIECES: ("are", "go to", "go by"),
    Measure.COST: ("is that of", "is spent on", "is spent by"),
    Measure.MARGIN: ("is that of", "comes from", "comes by"),
}


def _for_each(rule: CampaignRule, said: Said) -> str:
    by = f" by {said.by}" if said.by else ""
    over = _campaigns(rule, ", over all campaigns planned together")
    if rule.measure == Measure.COST:
        return f"At most {_number(rule)} {rule.campaign.currency} is spent on anyone{_in(said)}{by}{over}."
    if not rule.bound:
        return f"Nobody{_in(said)} gets anything{by}{over}."
    return f"Nobody{_in(said)} gets more than {_number(rule)} of the pieces{by}{over}."


def _in(said: Said) -> str:
    return f" in {said.to}" if said.to else ""


def _campaigns(rule: CampaignRule, words: str) -> str:
    return words if rule.over_all_campaigns else ""


def _bound(rule: CampaignRule) -> str:
    unit = "pieces" if rule.measure == Measure.PIECES else rule.campaign.currency
    return f"{rule.get_sense_display()} {_number(rule)} {unit}"


def _number(rule: CampaignRule) -> str:
    if rule.measure == Measure.PIECES and rule.scope != Scope.SHARE:
        return f"{int(rule.bound):,}"
    if rule.scope == Scope.SHARE:
        return f"{rule.bound:f}".rstrip("0").rstrip(".") if rule.bound % 1 else f"{int(rule.bound)}"
    return f"{rule.bound:,.2f}"


def _options(channels: Sequence[str], option_ids: Sequence[int], names: Mapping[int, str]) -> str:
    return _and([*map(_channel, channels), *(names.get(id_, GONE) for id_ in option_ids)])


def _whom(audience: Audience | None) -> str:
    return f"“{audience}”" if audience else ""


def _channel(name: str) -> str:
    return registry.get(name).label if name in registry.CHANNELS else name


def _and(parts: Sequence[str]) -> str:
    *first, last = parts or [""]
    return f"{', '.join(first)} and {last}" if first else last
