"""A training that failed is seen in the admin, with its reason, until a later one succeeds."""

from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from steering import learning, tasks, trainings
from steering.models import Training
from tests import admin_clients

pytestmark = pytest.mark.django_db


def listed() -> str:
    return admin_clients.in_role("Analyst").get(reverse("admin:steering_modelversion_changelist")).content.decode()


def fail(error: Exception) -> None:
    with pytest.raises(type(error)), trainings.recorded():
        raise error


def succeed() -> None:
    with trainings.recorded():
        pass


def test_before_any_training_nothing_is_said() -> None:
    assert trainings.standing() == trainings.Standing()
    assert "The last training" not in listed()


def test_what_staff_asked_for_and_came_to_nothing_is_on_the_list_with_its_reason() -> None:
    tasks.train_model()
    assert "came to no new model: only 0 decisions have an outcome yet" in listed()


def test_what_the_schedule_asked_for_is_there_as_well() -> None:
    tasks.retrain_model()
    assert "came to no new model: only 0 decisions have an outcome yet" in listed()


def test_a_later_success_makes_the_warning_go() -> None:
    fail(learning.LearningError("too little"))
    assert trainings.standing().failure == "too little"
    succeed()
    assert trainings.standing() == trainings.Standing()
    assert "The last training" not in listed()


def test_an_error_that_nobody_foresaw_is_named_but_never_quoted() -> None:
    fail(IntegrityError("Key (value)=(erika@example.com) already exists"))
    text = listed()
    assert "an error that nobody foresaw (IntegrityError)" in text
    assert "erika" not in text


@pytest.mark.parametrize(
    ("error", "said"), [(SoftTimeLimitExceeded(), trainings.TOO_LONG), (MemoryError(), trainings.TOO_LARGE)]
)
def test_what_a_worker_lacked_is_said_in_words(error: Exception, said: str) -> None:
    fail(error)
    assert trainings.standing().failure == said


def test_a_training_whose_worker_died_is_noticed_once_it_cannot_be_under_way_any_more() -> None:
    begun = Training.objects.create()
    assert trainings.standing() == trainings.Standing(under_way_since=Training.objects.get().started_at)
    assert "A worker has been training a new model since" in listed()
    Training.objects.filter(pk=begun.pk).update(started_at=timezone.now() - trainings.LONGEST - timedelta(minutes=1))
    assert trainings.standing().failure == trainings.DIED
    assert trainings.standing().under_way_since is None


def test_while_the_next_is_under_way_the_failure_of_the_last_stays() -> None:
    fail(learning.LearningError("too little"))
    Training.objects.create()
    assert trainings.standing().failure == "too little"
    assert trainings.standing().under_way_since


def test_nothing_new_to_learn_is_no_failure(monkeypatch) -> None:
    monkeypatch.setattr(learning.logbook, "has_news", lambda *_, **__: False)
    learning.ModelVersion.objects.create(
        number=1,
        trained_on_rows=1,
        known_until_at=timezone.now(),
        fingerprint="",
        treatments=[],
        features=[],
        model=b"",
    )
    with pytest.raises(learning.LearningError):
        learning.retrain()
    assert not Training.objects.exists()
