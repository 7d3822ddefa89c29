"""Files of events, end to end."""

import pytest

from campaigns import consent
from campaigns.models import Customer, Event
from tests import builders
from tests.campaigns.importing.files import EVENTS, import_events, import_file, json_file, reported

pytestmark = pytest.mark.django_db

BOUGHT = {"number": "K1", "kind": "purchased", "at": "2024-05-01T12:00", "value": "19.99"}


@pytest.fixture(autouse=True)
def anna() -> Customer:
    return builders.customer(customer_number="K1", email="anna@example.com")


class TestEvent:
    def test_everything_that_the_file_tells_is_there(self, anna, tmp_path):
        run = import_events(tmp_path, BOUGHT | {"key": "R-1"})
        event = Event.objects.get()
        assert (run.state, run.rows_created, run.message) == ("done", 1, "1 new events, 0 known")
        assert (event.customer, event.kind, event.medium, event.is_online) == (anna, "purchased", "store", False)
        assert (event.value_cents, event.source, event.source_key) == (1999, "till", "R-1")
        assert event.occurred_at.isoformat() == "2024-05-01T10:00:00+00:00"

    def test_its_customer_may_be_known_by_any_identifier(self, anna, tmp_path):
        import_events(tmp_path, BOUGHT | {"number": "", "email": " ANNA@example.com "})
        assert Event.objects.get().customer == anna

    def test_attributes_are_kept(self, tmp_path):
        event = EVENTS["events"][0] | {"attributes": {"basket": {"column": "basket", "as": "integer"}}}
        path = json_file(tmp_path, [BOUGHT | {"basket": 3}])
        import_file(path, EVENTS | {"events": [event]}, kind="events")
        assert Event.objects.get().attributes == {"basket": 3}

    def test_the_journey_follows(self, anna, tmp_path):
        import_events(tmp_path, BOUGHT)
        anna.refresh_from_db()
        assert anna.journey_stage == "dormant"


class TestOnce:
    def test_the_same_key_is_one_event(self, tmp_path):
        import_events(tmp_path, BOUGHT | {"key": "R-1"}, BOUGHT | {"key": "R-1"})
        run = import_events(tmp_path, BOUGHT | {"key": "R-1"})
        assert (run.rows_created, run.rows_updated) == (0, 1)
        assert Event.objects.count() == 1

    def test_without_a_key_equal_events_of_one_file_are_two_and_of_two_files_the_same(self, tmp_path):
        for _ in range(2):
            import_events(tmp_path, BOUGHT, BOUGHT, BOUGHT | {"value": "5"})
        assert Event.objects.count() == 3


class TestWhose:
    def test_nobody_is_made_up_for_an_event(self, tmp_path):
        run = import_events(tmp_path, BOUGHT | {"number": "K9"}, BOUGHT | {"number": "", "email": "eve@example.com"})
        assert run.state == "refused"
        assert reported(run) == [
            (1, "customer_number", "nobody is known by this"),
            (2, "email", "nobody is known by this"),
        ]

    def test_an_event_of_two_people_is_refused(self, tmp_path):
        builders.customer(customer_number="K2", email=None)
        run = import_events(tmp_path, BOUGHT | {"number": "K2", "email": "anna@example.com"})
        assert reported(run) == [(1, "email", "belongs to another customer")]

    def test_so_is_one_whose_number_is_new_and_whose_e_mail_is_not(self, tmp_path):
        run = import_events(tmp_path, BOUGHT | {"number": "K9", "email": "anna@example.com"})
        assert reported(run) == [(1, "email", "belongs to another customer")]

    def test_the_erased_get_no_history(self, tmp_path):
        consent.suppress(kind="email", value="anna@example.com", reason="erasure", source="request")
        run = import_events(tmp_path, BOUGHT | {"email": "anna@example.com"})
        assert (run.state, run.rows_created) == ("done", 0)
        assert not Event.objects.exists()
