"""Trial waves: chance by known probabilities, answers by the truth of that day, and rows as of any other completed wave."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import transaction
from django.test import override_settings

from campaigns.models import Campaign, Event, Wave, WaveState
from channels.invariants import check
from channels.models import Dispatch
from steering import invariants, logbook
from steering.models import Assignment, Plan
from steering.population import behaviour, block, generate, history, shape, trial_write, trials
from steering.population.behaviour import CHANNELS
from steering.population.block import Block
from steering.population.history import DAY, PURCHASED
from steering.population.trials import Trial
from steering.population.truth import DIRECT_POST, EMAIL, NO_CONTACT, PRINT_MAILING
from steering.population.write import PopulationError

from .conftest import AS_OF_ON, rows

CUSTOMERS, WAVES = 6_000, 6
FEW, FEW_WAVES = 250, 3


def drawn(waves: int = WAVES, *, seed: int = 1) -> Block:
    return block.draw(shape.draw(customers=CUSTOMERS, seed=seed), 0, this_year=2026, trial_waves=waves)


@pytest.fixture(scope="module")
def tried() -> Block:
    return drawn()


@pytest.fixture(scope="module")
def untried() -> Block:
    return drawn(0)


def purchases(of: Block) -> int:
    return sum(len(some) for some in of.history.events if some.kind == PURCHASED)


def bought_within(of: Block, trial: Trial) -> np.ndarray:
    """(n,) whether they bought in the two weeks of a wave."""
    bought = np.zeros(len(of.people), dtype=bool)
    for some in of.history.events:
        if some.kind == PURCHASED:
            bought[some.person[(some.seconds_ago < trial.ago) & (some.seconds_ago >= trial.ago - 14 * DAY)]] = True
    return bought


class TestChance:
    def test_nobody_gets_what_they_may_not(self, tried):
        for trial in tried.trials:
            gets = np.flatnonzero(trial.choice != NO_CONTACT)
            assert trial.may[gets, trial.choice[gets]].all()

    def test_the_probabilities_are_those_of_the_draw(self, tried):
        """Nothing and each channel: as often drawn as the probabilities say."""
        for column in range(1 + len(CHANNELS)):
            given = sum((trial.choice == column - 1).sum() for trial in tried.trials)
            expected = sum(trials.chances_of(trial.may)[:, column].sum() for trial in tried.trials)
            assert given == pytest.approx(expected, rel=0.1)

    def test_the_probabilities_of_everything_that_may_happen_add_up(self, tried):
        """So the inverse of the propensity counts everybody once on each option."""
        trial = tried.trials[0]
        decided = trial.decided
        nothing = trial.choice[decided] == NO_CONTACT
        assert np.sum(nothing / trial.propensity[decided]) == pytest.approx(len(decided), rel=0.08)

    def test_every_choice_bears_its_own_probability(self, tried):
        for trial in tried.trials:
            chances = trials.chances_of(trial.may)
            assert np.allclose(chances.sum(axis=1), 1)
            assert (chances[:, 1:][~trial.may] == 0).all()
            assert np.array_equal(trial.propensity, chances[np.arange(len(chances)), 1 + trial.choice])

    def test_an_area_is_opened_whole_or_not_at_all(self, tried):
        for trial in tried.trials:
            covered = trial.may[:, DIRECT_POST]
            gets = trial.choice == DIRECT_POST
            assert not set(tried.people.area[covered & gets]) & set(tried.people.area[covered & ~gets])

    def test_whoever_was_no_customer_yet_was_left_out(self, tried):
        first = tried.trials[0]
        later = tried.since_days_ago * DAY <= first.ago
        assert later.any()
        assert not first.may[later].any()

    def test_a_consent_counts_only_while_it_was_valid(self, tried):
        some = next(consents for consents in tried.consents if consents.channel == "email")
        given_later = some.person[some.given_ago <= tried.trials[0].ago]
        assert given_later.size
        assert not tried.trials[0].may[given_later, EMAIL].any()


class TestAnswers:
    def test_people_without_contact_buy_as_often_as_without_trials(self, tried, untried):
        for trial in tried.trials:
            left_alone = trial.choice == NO_CONTACT
            assert (bought_within(tried, trial) == bought_within(untried, trial))[left_alone].mean() > 0.999

    def test_what_a_contact_adds_is_what_the_truth_says(self):
        """Over many people: purchases of those who got it less those that they would have made anyway."""
        many = shape.draw(customers=40_000, seed=2)
        tried, untried = (block.draw(many, 0, this_year=2026, trial_waves=waves) for waves in (12, 0))
        for column in (EMAIL, PRINT_MAILING, DIRECT_POST):
            added, expected, contacted = 0, 0.0, 0
            for trial in tried.trials:
                got = trial.choice == column
                added += int(bought_within(tried, trial)[got].sum()) - int(bought_within(untried, trial)[got].sum())
                expected += tried.response.uplift[got, column].sum()
                contacted += int(got.sum())
            assert abs(added - expected) < 4 * (0.06 * contacted) ** 0.5

    def test_some_contacts_prevent_a_purchase(self, tried, untried):
        lost = [(bought_within(untried, trial) & ~bought_within(tried, trial)).sum() for trial in tried.trials]
        assert sum(lost) > 0

    def test_only_those_who_got_something_answer(self, tried):
        for some in tried.history.events:
            if some.trial:
                assert (tried.trials[some.trial - 1].choice[some.person] != NO_CONTACT).all()

    def test_everything_happened_before_the_day_and_after_its_wave(self, tried):
        for some in tried.history.events:
            assert (some.seconds_ago > 0).all()
            if some.trial:
                assert (some.seconds_ago < tried.trials[some.trial - 1].ago).all()

    def test_the_first_purchase_of_an_existing_customer_is_never_prevented(self, tried):
        first = history.first_ago(tried.history.events, len(tried.people), kind=PURCHASED)
        some = next(consents for consents in tried.consents if consents.channel == "email")
        person = some.person[some.is_existing_customer]
        assert (first[person] >= some.given_ago[some.is_existing_customer]).all()


class TestThePeople:
    def test_are_the_same_with_and_without_trials(self, tried, untried):
        assert np.array_equal(tried.people.first_name, untried.people.first_name)
        assert np.array_equal(tried.segment, untried.segment)
        assert np.array_equal(tried.refusals.objects, untried.refusals.objects)

    def test_respond_alike_but_for_how_recently_they_were_active(self, tried, untried):
        assert np.allclose(
            tried.response.uplift[:, PRINT_MAILING], untried.response.uplift[:, PRINT_MAILING], atol=0.02
        )

    def test_the_noise_of_a_person_is_that_of_every_day(self, tried):
        """Whatever nobody can see of a person stays with them."""
        known = replace(tried.people)
        first, second = (
            behaviour.draw(known, np.full(len(known), 30.0), tried.segment, np.random.default_rng(5)).uplift
            for _ in range(2)
        )
        assert np.array_equal(first, second)

    def test_buy_a_little_more_by_what_was_tried(self, tried, untried):
        assert 1.0 < purchases(tried) / purchases(untried) < 1.25

    def test_the_same_seed_tries_the_same(self, tried):
        again = drawn()
        for one, other in zip(tried.trials, again.trials, strict=True):
            assert np.array_equal(one.choice, other.choice)
        assert purchases(tried) == purchases(again)


@pytest.fixture(scope="module")
def written(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[generate.Generated]:
    folder = tmp_path_factory.mktemp("var")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(VAR=folder):
        yield generate.generate(customers=FEW, seed=4, as_of_on=AS_OF_ON, trial_waves=FEW_WAVES)
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("written")
class TestRows:
    def test_every_wave_is_completed_with_its_plan(self):
        waves = Wave.objects.filter(campaign__name=trial_write.NAME)
        assert [wave.number for wave in waves] == [1, 2, 3]
        assert {wave.state for wave in waves} == {WaveState.COMPLETED}
        assert all(wave.plan.eligible == wave.assignments.count() > 0 for wave in waves)
        last = datetime(2026, 6, 1, 8, tzinfo=UTC) - timedelta(days=trials.LAST_DAYS_AGO)
        assert waves[2].started_at == last

    def test_plans_count_what_was_given(self):
        for plan in Plan.objects.all():
            given = Counter(plan.wave.assignments.exclude(option=None).values_list("option_id", flat=True))
            assert {told["option"]: told["planned"] for told in plan.options if told["planned"]} == given
            assert all(told["eligible"] >= told["planned"] for told in plan.options)

    def test_all_that_must_hold_holds(self):
        assert [verdict.name for verdict in check(invariants.every()) if not verdict.holds] == []

    def test_every_contact_is_in_the_history_and_answers_name_it(self):
        contacts = Event.objects.filter(kind="contacted", dispatch_id__isnull=False)
        assert contacts.count() == Dispatch.objects.count() == Assignment.objects.exclude(option=None).count()
        answered = rows(
            "SELECT count(*), count(*) FILTER (WHERE e.customer_id = d.customer_id AND e.occurred_at > d.state_changed_at)"
            " FROM campaigns_event e JOIN channels_dispatch d ON d.id = e.dispatch_id WHERE e.kind <> 'contacted'"
        )
        assert answered[0][0] == answered[0][1] > 0

    def test_all_answers_were_told(self, written):
        drawn = block.draw(
            shape.draw(customers=FEW, seed=4), 0, this_year=AS_OF_ON.year, trial_waves=FEW_WAVES
        ).history.events
        assert Event.objects.filter(source="population").count() == sum(map(len, drawn))
        assert written.rows["campaigns_event"] == Event.objects.count()

    def test_learning_reads_them_as_its_own_log(self):
        names = ["age", "contacts_365:email"]
        log = logbook.read(names, as_of_at=datetime(2026, 6, 1, tzinfo=UTC))
        assert len(log.outcome) == Assignment.objects.count()
        assert len(log.wave_ids) == FEW_WAVES
        assert log.channels == list(CHANNELS)
        assert set(np.unique(log.treatment)) == set(range(len(CHANNELS) + 1))
        chosen = log.treatment > 0
        assert log.eligible[chosen, log.treatment[chosen] - 1].all()

    def test_the_campaign_is_archived(self):
        assert Campaign.objects.get(name=trial_write.NAME).is_archived


@pytest.mark.django_db
@pytest.mark.parametrize("waves", [-1, trials.MOST_WAVES + 1])
def test_a_number_of_waves_that_does_not_fit_into_the_past_is_refused(waves):
    with pytest.raises(PopulationError, match="trial_waves must be between 0 and 12"):
        generate.generate(customers=10, seed=1, as_of_on=AS_OF_ON, trial_waves=waves)
