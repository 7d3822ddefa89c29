"""A model in pictures, tables and sentences for people who run campaigns, not statistics."""

from collections.abc import Mapping, Sequence
from typing import Any

from campaigns.models import Content
from campaigns.money import shown
from channels import registry
from channels.admin.names import label
from steering.models import ModelVersion, Plan
from steering.treatments import channel_of, content_of

from .plan_words import table
from .plots import AMBER, GREY, TEAL, Axis, Bar, Line, Marks, bars, plot
from .stability_words import feature, stability_table, stability_warning

POLICIES = {"model": "By this model", "random": "At random", "nobody": "Nobody contacted"}
ESTIMATORS = {"dr": "doubly robust", "snips": "self-normalised", "ips": "plain weights"}
IMPORTANCES_DRAWN = 15
LEARNERS = {
    "s_trees": "One model, trees",
    "t_linear": "One by channel, lines",
    "t_additive": "One by channel, stumps",
    "shared_curves": "Shared curves",
    "x_additive": "Crossed, stumps",
    "x_trees": "Crossed, trees",
}
AVERAGE = "average"  # of the ways to learn, in UpliftModel.chosen_
EURO = "EUR per customer"
Figures = Mapping[str, Any]


def role(version: ModelVersion) -> str:
    if version.is_champion:
        return "champion"
    return "challenger" if version.is_challenger else ""


def stands(version: ModelVersion) -> str:
    """What a version does now, in a sentence."""
    if version.is_champion:
        return "The champion: every plan is made by it."
    if version.is_challenger:
        return "The challenger: the newest model, which decides nothing as long as nobody promotes it."
    return "Decides nothing now."


def estimated(estimate: Figures) -> str:
    """2.26 EUR (1.85 to 2.68)"""
    low, high = (shown(estimate[key]).partition(" ")[0] for key in ("low_cents", "high_cents"))
    return f"{shown(estimate['value_cents'])} ({low} to {high})"


def of(version: ModelVersion) -> dict[str, Any]:
    """Everything for steering/model.html; what an older version did not measure is left out."""
    metrics = version.metrics
    plan = Plan.objects.filter(model_version=version).select_related("wave__campaign").order_by("-id").first()
    return {
        "stands": stands(version),
        "sections": [
            *([_earnings(metrics)] if metrics.get("off_policy") else []),
            *([_contest(metrics["contest"])] if metrics.get("contest", {}).get("difference") else []),
            *(
                _channel(name, figures)
                for name, figures in _in_order(metrics.get("options", {}))
                if "deciles" in figures
            ),
            *([_importances(metrics["importances"])] if metrics.get("importances") else []),
            *([_treatments(version, metrics["treatments"])] if metrics.get("treatments") else []),
            *([_learners(metrics["learners"])] if metrics.get("learners") else []),
            *([_section(stability_table(plan))] if plan and plan.stability else []),
        ],
        "warning": stability_warning(plan) if plan else None,
    }


def _section(told: dict[str, Any], *plots: Any, said: Sequence[str] = ()) -> dict[str, Any]:
    """A card: its sentences, its plots side by side, its table."""
    return {"title": told["title"], "said": list(said), "plots": list(plots), "table": told | {"title": ""}}


def _earnings(metrics: Figures) -> dict[str, Any]:
    rows = [
        _interval(
            f"{POLICIES[policy]}, {ESTIMATORS[name]}", estimate, TEAL if policy == "model" else GREY, opens=name == "dr"
        )
        for policy in POLICIES
        for name, estimate in ((name, metrics["off_policy"][policy][name]) for name in ESTIMATORS)
        if estimate["value_cents"] is not None
    ]
    drawn = bars(
        rows,
        axis=Axis("margin after the cost of the piece, EUR per customer"),
        about="What the decisions of this model would have earned, against chance and no contact",
        label_width=250,
    )
    nobody, random = metrics["against"]["nobody"], metrics["against"]["random"]
    said = [
        f"Had this model decided, each customer would have brought {_more(nobody)} than without any contact, and"
        f" {_more(random)} than with contacts at random.",
        f"Estimated from {metrics['policy']['judged_on']:,} logged decisions about customers whom the model had not seen,"
        " without a budget. The dot is the estimate, the line its 95 % interval; three ways of estimating should agree.",
    ]
    return _section(table("What its decisions would have earned", [], []), drawn, said=said)


def _more(difference: Figures) -> str:
    value = shown(abs(difference["value_cents"]))
    return f"{value} {'more' if difference['value_cents'] >= 0 else 'less'} ({_between(difference)})"


def _between(estimate: Figures) -> str:
    return f"95 %: {shown(estimate['low_cents'])} to {shown(estimate['high_cents'])}"


def _interval(named: str, estimate: Figures, colour: str, *, opens: bool = False) -> Bar:
    return Bar(
        named, *(_euro(estimate[key]) for key in ("value_cents", "low_cents", "high_cents")),
        told=shown(estimate["value_cents"]), colour=colour, opens_group=opens,
    )  # fmt: skip


def _contest(figures: Figures) -> dict[str, Any]:
    champion = f"model {figures['champion']}" if figures["champion"] else "prior knowledge"
    rows = [
        _interval("By this model", figures["challenger"], TEAL),
        _interval(f"By {champion}", figures["held_by"], GREY),
        _interval("Difference", figures["difference"], AMBER, opens=True),
    ]
    drawn = bars(
        rows, axis=Axis("margin after the cost of the piece, EUR per customer"), about=f"This model against {champion}"
    )
    said = [
        f"On {figures['decisions']:,} decisions that neither had seen; on {figures['same_decision']:.0%} of them both decide"
        " the same. The difference is taken decision by decision, so it is known better than the two values. Only where its"
        " whole interval lies above zero does the schedule let the new model decide."
    ]
    return _section(table(f"Against {champion}, which decided when it was trained", [], []), drawn, said=said)


def _channel(name: str, figures: Figures) -> dict[str, Any]:
    deciles = figures["deciles"]
    best, worst = deciles[0], deciles[-1]
    said = [
        f"{_ranks(figures)} The tenth of the customers whom it puts first is worth {shown(best['observed'])} of sales each"
        f" when contacted (predicted: {shown(best['predicted'])}), the last tenth {shown(worst['observed'])}"
        f" (predicted: {shown(worst['predicted'])}).",
        _calibrated(figures["calibration"]),
    ]
    headers = ["Contacted", "Qini", "Area under uplift", "Average effect"]
    values = [figures[key] for key in ("qini_cents", "auuc_cents", "pooled_cents")]
    told = table(label(name), headers, [[f"{figures['contacted']:,}", *(shown(value) for value in values)]])
    return _section(
        told, _uplift_plot(name, figures), _decile_plot(name, deciles), _calibration_plot(name, deciles), said=said
    )


def _ranks(figures: Figures) -> str:
    line, qini = figures["calibration"], figures["qini_cents"] or 0.0
    if line["slope"] is None or qini <= 0:
        return (
            "It cannot tell whom this channel moves more than others: contacting by its order is no better than chance."
        )
    if line["slope"] > 1.96 * line["slope_error"]:
        return "It finds those whom this channel moves: the line lies above that of a random order, beyond noise."
    return "It may find those whom this channel moves, but so far that cannot be told from chance."


def _calibrated(line: Figures) -> str:
    slope, error = line["slope"], line["slope_error"]
    if slope is None or error is None:
        return "It expects the same of everybody here, so only the average can be right or wrong."
    if abs(slope - 1) <= 1.96 * error and slope - 1.96 * error <= 0:
        return f"Whether the differences that it expects between customers are real is not known yet (slope {slope:.2f} ± {1.96 * error:.2f}; 1 is right)."
    if abs(slope - 1) <= 1.96 * error:
        return f"Its predictions are as large as what is observed (slope {slope:.2f} ± {1.96 * error:.2f}; 1 is right)."
    verdict = "exaggerates" if slope < 1 else "understates"
    return f"It {verdict} the differences between customers (slope {slope:.2f} ± {1.96 * error:.2f}; 1 is right)."


def _uplift_plot(name: str, figures: Figures) -> Any:
    curve = figures["qini_curve"]
    share, gain = [100 * x for x in curve["share"]], _euros(curve["gain_cents"])
    chance = Line("random order", [0, 100], [0, gain[-1]], GREY, is_dashed=True)
    return plot(
        [Line("by this model (Qini)", share, gain), chance],
        x=Axis("best-scored customers contacted, %", told=lambda x: f"{x:.0f}", at=(0, 20, 40, 60, 80, 100)),
        y=Axis(f"added sales, {EURO}", with_zero=True),
        about=f"Qini curve of {label(name)}: added sales by share of customers contacted",
    )


def _decile_plot(name: str, deciles: Sequence[Figures]) -> Any:
    numbers = [decile["number"] for decile in deciles]
    observed = _euros(decile["observed"] for decile in deciles)
    low, high = ([_end(decile, side) for decile in deciles] for side in (-1.96, 1.96))
    return plot(
        [
            Marks("observed, 95 %", numbers, observed, low, high),
            Line("predicted", numbers, _euros(decile["predicted"] for decile in deciles), AMBER),
        ],
        x=Axis(
            "tenth of the customers, best-scored first",
            told=lambda x: f"{x:.0f}",
            at=numbers if len(numbers) > 1 else (0, 1, 2),
        ),
        y=Axis(f"added sales, {EURO}", with_zero=True),
        about=f"Predicted and observed uplift of {label(name)} by tenths of the customers",
    )


def _calibration_plot(name: str, deciles: Sequence[Figures]) -> Any:
    predicted = _euros(decile["predicted"] for decile in deciles)
    observed = _euros(decile["observed"] for decile in deciles)
    low, high = ([_end(decile, side) for decile in deciles] for side in (-1.96, 1.96))
    known = [value for value in predicted if value is not None]
    ends = [min(known, default=0.0), max(known, default=1.0)]
    return plot(
        [
            Marks("tenths, 95 %", predicted, observed, low, high),
            Line("exactly right", ends, ends, GREY, is_dashed=True),
        ],
        x=Axis(f"predicted, {EURO}"),
        y=Axis(f"observed, {EURO}", with_zero=True),
        about=f"Calibration of {label(name)}: observed over predicted uplift",
    )


def _end(decile: Figures, errors: float) -> float | None:
    if decile["observed"] is None or decile["standard_error"] is None:
        return None
    return _euro(decile["observed"] + errors * decile["standard_error"])


def _importances(found: Sequence[Figures]) -> dict[str, Any]:
    rows = [
        Bar(feature(one["name"]), one["moved"] / 100, told=f"{shown(one['moved'])}{_is_real(one)}")
        for one in found[:IMPORTANCES_DRAWN]
        if one["moved"] > 0
    ]
    if not rows:
        said = "It treats everybody alike: so far no feature tells whom a contact moves."
        return _section(table("What it looks at", [], []), said=[said])
    drawn = bars(
        rows, axis=Axis("change of a prediction, EUR of sales"), about="Importance of each feature for the predictions"
    )
    said = (
        "How far a prediction moves when the feature is shuffled among the customers, on decisions that the model has not"
        " seen. A tick says that without it the predictions fit what happened worse, beyond noise."
    )
    return _section(table("What it looks at", [], []), drawn, said=[said])


def _is_real(one: Figures) -> str:
    error = one["standard_error"]
    return "  ✓" if error is not None and one["lost"] is not None and one["lost"] > 1.96 * error else ""


def _treatments(version: ModelVersion, found: Mapping[str, Figures]) -> dict[str, Any]:
    titles = dict(Content.objects.filter(pk__in=map(content_of, version.treatments)).values_list("pk", "name"))
    rows = [
        [
            f"{label(channel_of(name))}: {titles.get(content_of(name), 'any content')}",
            f"{figures['contacted']:,}",
            shown(figures["pooled_cents"]),
            "" if figures["believed"] is None else f"{figures['believed']:.0%}",
        ]
        for name, figures in ((name, found[name]) for name in version.treatments)
    ]
    note = (
        "What each adds to a customer's sales on average. Where few customers were contacted, the estimate leans on that"
        " of its channel and on prior knowledge; the last column says how much of it is data."
    )
    return _section(table("Channels and contents", ["", "Contacted", "Average effect", "From data"], rows, note=note))


def _learners(found: Mapping[str, Mapping[str, Figures]]) -> dict[str, Any]:
    """How much of the model each way to learn is, by channel, and what their average is worth."""
    names = sorted({name for learners in found.values() for name in learners} - {AVERAGE})
    rows = [
        [
            label(channel),
            *(f"{learners[name]['weight']:.0%}" if name in learners else "" for name in names),
            _order_worth(learners[AVERAGE]) if AVERAGE in learners else "",
        ]
        for channel, learners in _in_order(found)
    ]
    note = (
        "The model is a weighted sum of several ways to learn, by what each explains on customers whom it has not seen."
        " Where nothing can be told from noise the weights are small, and everybody is expected to react alike. The last"
        " column is what contacting by the order of the sum earns more than by chance, over all budgets, in sales per"
        " customer with its 95 % interval."
    )
    headers = [
        "",
        *(LEARNERS.get(name, name.replace("_", ", ").capitalize()) for name in names),
        f"Its order earns, {EURO}",
    ]
    return _section(table("How it was learned", headers, rows, note=note))


def _order_worth(average: Figures) -> str:
    value = round(average["value"] / 100, 2) + 0.0  # no negative zero
    return f"{value:,.2f} ± {1.96 * average['value_error'] / 100:,.2f}"


def _in_order(of_channels: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Channels as the registry has them; the database keeps no order."""
    known = [name for name in registry.CHANNELS if name in of_channels]
    return [(name, of_channels[name]) for name in [*known, *(name for name in of_channels if name not in known)]]


def _euros(cents: Any) -> list[float | None]:
    return [_euro(value) for value in cents]


def _euro(cents: float | None) -> float | None:
    return None if cents is None else cents / 100
