"""What must always be true between plans and the ledger; the same shape as channels.invariants."""

from django.db.models.functions import Now

from channels import registry
from channels.invariants import Invariant, Verdict, check, ledger_invariants
from channels.print_jobs.invariants import print_invariants
from channels.social.invariants import social_invariants

from .models import InvariantCheck
from .triggers.invariants import trigger_invariants


def every() -> list[Invariant]:
    """Of the ledger, of print, of networks, of plans and of triggers."""
    return [*ledger_invariants(), *print_invariants(), *social_invariants(), *plan_invariants(), *trigger_invariants()]


def check_and_note() -> list[Verdict]:
    """Check all of them, and keep what was found for whoever watches."""
    verdicts = check(every())
    InvariantCheck.objects.exclude(name__in=[verdict.name for verdict in verdicts]).delete()
    InvariantCheck.objects.bulk_create(
        [InvariantCheck(name=verdict.name, broken=verdict.count, checked_at=Now()) for verdict in verdicts],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["broken", "checked_at"],
    )
    return verdicts


def plan_invariants() -> list[Invariant]:
    return [*_about_dispatches(), *_about_assignments()]


def _about_dispatches() -> list[Invariant]:
    by_area = ", ".join(repr(channel.name) for channel in registry.every() if channel.reach.decided_by_area)
    return [
        Invariant(
            "everybody planned has exactly one dispatch by the planned option, one of a leaflet on top, and nobody else has",
            # Only of waves whose dispatches were made, and whose plan is the reason for them.
            "SELECT w.id FROM campaigns_wave w JOIN steering_plan p ON p.wave_id = w.id"  # noqa: S608 - only names of the registry
            " WHERE w.state IN ('running', 'paused', 'completed') AND EXISTS ("
            "  SELECT 1 FROM (SELECT customer_id, option_id FROM steering_assignment"
            "                 WHERE wave_id = w.id AND option_id IS NOT NULL"
            "                 UNION ALL SELECT a.customer_id, o.id FROM steering_assignment a"
            "                 JOIN campaigns_option o ON o.campaign_id = w.campaign_id"
            f"                  AND o.channel IN ({by_area})"
            "                 WHERE a.wave_id = w.id AND a.has_leaflet_on_top) a"
            "  FULL JOIN (SELECT customer_id, option_id FROM channels_dispatch WHERE wave_id = w.id) d"
            "    ON d.customer_id = a.customer_id AND d.option_id = a.option_id"
            "  WHERE a.option_id IS DISTINCT FROM d.option_id)",
        ),
        Invariant(
            "the sum over states is the plan",
            # By area nobody is in the ledger twice either, which a comparison of who has what would not see.
            "SELECT p.wave_id FROM steering_plan p JOIN campaigns_wave w ON w.id = p.wave_id"  # noqa: S608 - only names of the registry
            " WHERE w.state IN ('running', 'paused', 'completed')"
            " AND EXISTS (SELECT 1 FROM steering_assignment a WHERE a.wave_id = p.wave_id)"
            " AND (SELECT count(*) FROM channels_dispatch d WHERE d.wave_id = p.wave_id) <>"
            "     (SELECT count(a.option_id) FROM steering_assignment a WHERE a.wave_id = p.wave_id)"
            "   + (SELECT count(*) FROM steering_assignment a JOIN campaigns_option o ON o.campaign_id = w.campaign_id"
            f"       AND o.channel IN ({by_area})"
            "      WHERE a.wave_id = p.wave_id AND a.has_leaflet_on_top)",
        ),
    ]


def _about_assignments() -> list[Invariant]:
    return [
        Invariant(
            "the holdout gets nothing",
            "SELECT d.id FROM channels_dispatch d JOIN steering_assignment a"
            " ON a.wave_id = d.wave_id AND a.customer_id = d.customer_id WHERE a.is_holdout",
        ),
        Invariant(
            "nothing is ordered for an area that the plan did not open",
            "SELECT i.id FROM channels_printitem i"
            " LEFT JOIN campaigns_openedarea o ON o.wave_id = i.wave_id AND o.area_id = i.delivery_area_id"
            " WHERE i.delivery_area_id IS NOT NULL AND o.id IS NULL"
            " AND EXISTS (SELECT 1 FROM campaigns_openedarea p WHERE p.wave_id = i.wave_id)",
        ),
        Invariant(
            "what is assigned is an option of the wave's campaign",
            "SELECT DISTINCT a.wave_id FROM (SELECT DISTINCT wave_id, option_id FROM steering_assignment) a"
            " LEFT JOIN campaigns_wave w ON w.id = a.wave_id LEFT JOIN campaigns_option o ON o.id = a.option_id"
            " WHERE w.id IS NULL OR a.option_id IS NOT NULL AND o.campaign_id IS DISTINCT FROM w.campaign_id",
        ),
        Invariant(
            "nobody is in a wave twice",
            "SELECT min(id) FROM steering_assignment GROUP BY wave_id, customer_id HAVING count(*) > 1",
        ),
    ]
