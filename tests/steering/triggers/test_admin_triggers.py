"""Staff write triggers, a second person approves them, and everybody who may sees what became of each."""

import pytest
from django.urls import reverse

from campaigns import events
from channels import calls, queues
from steering import roles, tasks, triggers
from steering.models import Firing, Trigger
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
MANAGER, APPROVER = "Campaign manager", "Approver"


def form(**fields) -> dict:
    defaults = {
        "name": "cart left", "event_kind": "cart_left", "wait_minutes": "30 minutes", "unless_kinds": ["purchased"],
        "once_in_days": "30", "valid_hours": "24", "conditions": "", "count_from": "",
    }  # fmt: skip
    return defaults | fields


def written(client=None, **fields) -> Trigger:
    client = client or admin_clients.in_role(MANAGER)
    campaign = fields.pop("campaign", None) or builders.campaign()
    answer = client.post(reverse("admin:steering_trigger_add"), form(campaign=campaign.pk, **fields))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return Trigger.objects.get()


def refused(**fields) -> str:
    campaign = fields.pop("campaign", None) or builders.campaign()
    client = admin_clients.in_role(MANAGER)
    answer = client.post(reverse("admin:steering_trigger_add"), form(campaign=campaign.pk, **fields))
    assert not Trigger.objects.exists()
    return str(answer.context["adminform"].form.errors)


def do(client, trigger: Trigger, verb: str):
    return client.post(reverse("admin:steering_trigger_do", args=[trigger.pk, verb]))


def test_a_trigger_is_read_back_as_a_sentence():
    trigger = written(conditions="value at least 50")
    assert triggers.in_words(trigger) == (
        "When a customer has “cart left” where value at least 50, 30 minutes later, unless purchased came meanwhile,"
        f" at most once in 30 days: what {trigger.campaign} has for them."
    )


def test_a_new_trigger_is_a_draft_and_fires_nothing():
    assert written().state == "draft"
    events.record([builders.event(builders.customer())])
    assert not Firing.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"wait_minutes": "soon"}, "write such as"),
        ({"wait_minutes": "3 days before"}, "name the attribute whose date is counted from"),
        ({"wait_minutes": "at once", "only_if_kinds": ["store_visited"]}, "give what is to come meanwhile"),
        ({"only_if_kinds": ["purchased"]}, "cannot be wanted and unwanted at once"),
        ({"conditions": "ink"}, "line 1"),
        ({"event_kind": "contacted"}, "say after which campaign"),
        ({"once_in_days": "0"}, "greater than or equal to 1"),
        ({"wait_minutes": "999999 weeks"}, "wait at most 3660 days"),
    ],
)
def test_what_makes_no_trigger_is_refused_in_words(fields, said):
    assert said in refused(**fields)


def test_a_campaign_that_single_customers_cannot_get_is_refused():
    assert "neither bought by delivery area" in refused(campaign=builders.campaign(channels=("direct_post",)))


def test_another_person_approves_it_and_then_it_fires():
    trigger = written()
    do(admin_clients.in_role(APPROVER), trigger, "approve")
    trigger.refresh_from_db()
    assert trigger.state == "active"
    events.record([builders.event(builders.customer(), minutes_ago=-0.01)])
    assert Firing.objects.count() == 1


def test_nobody_approves_what_they_have_written():
    root = admin_clients.superuser()
    trigger = written(root)
    assert "another person" in admin_clients.said(do(root, trigger, "approve"))[-1]
    trigger.refresh_from_db()
    assert trigger.state == "draft"


def test_whoever_changes_a_trigger_makes_it_a_draft_again():
    trigger = written()
    do(admin_clients.in_role(APPROVER), trigger, "approve")
    url = reverse("admin:steering_trigger_change", args=[trigger.pk])
    admin_clients.in_role(MANAGER).post(url, form(campaign=trigger.campaign_id, wait_minutes="1 hour"))
    trigger.refresh_from_db()
    assert (trigger.state, trigger.wait_minutes, trigger.approved_by) == ("draft", 60, None)


def test_saving_without_a_change_leaves_it_active():
    trigger = written(conditions="value at least 50")
    do(admin_clients.in_role(APPROVER), trigger, "approve")
    url = reverse("admin:steering_trigger_change", args=[trigger.pk])
    admin_clients.in_role(MANAGER).post(url, form(campaign=trigger.campaign_id, conditions="value at least 50"))
    trigger.refresh_from_db()
    assert trigger.state == "active"


def test_a_manager_pauses_and_resumes():
    trigger, manager = builders.trigger(), admin_clients.in_role(MANAGER)
    for verb, state in (("pause", "paused"), ("resume", "active")):
        do(manager, trigger, verb)
        trigger.refresh_from_db()
        assert trigger.state == state


@pytest.mark.parametrize("verb", ["approve", "pause", "resume", "explode"])
def test_steps_need_a_permission_and_a_post(verb):
    trigger, stranger = builders.trigger(), admin_clients.with_permissions("steering.view_trigger")
    assert do(stranger, trigger, verb).status_code == 403
    assert stranger.get(reverse("admin:steering_trigger_do", args=[trigger.pk, verb])).status_code == 405


def test_the_page_counts_what_became_of_the_events_by_reason():
    trigger = builders.trigger()
    events.record([builders.event(builders.customer()), builders.event(builders.customer(consents=()))])
    triggers.answer_due()
    page = admin_clients.in_role("Analyst").get(reverse("admin:steering_trigger_change", args=[trigger.pk]))
    counted = {outcome: number for outcome, _, number in page.context["outcomes"] if number}
    assert counted == {"contacted": 1, "not_open": 1}


@pytest.mark.parametrize("role", roles.ROLES)
def test_only_who_works_with_campaigns_sees_triggers(role):
    answer = admin_clients.in_role(role).get(reverse("admin:steering_trigger_changelist"))
    assert (answer.status_code == 200) == (role in (MANAGER, APPROVER, "Analyst"))


def test_lists_take_as_many_queries_for_many_rows_as_for_few(django_assert_max_num_queries):
    for _ in range(15):
        builders.trigger()
    events.record([builders.event(builders.customer())])
    client = admin_clients.superuser()
    for name in ("trigger", "firing"):
        client.get(reverse(f"admin:steering_{name}_changelist"))
        with django_assert_max_num_queries(14):
            page = client.get(reverse(f"admin:steering_{name}_changelist"))
        assert len(page.context["cl"].result_list) == 15


def test_what_is_answered_leaves_by_the_urgent_queue(monkeypatch):
    called = []
    monkeypatch.setattr(calls, "call", lambda task, *args, **_: called.append((task, *args)))
    builders.trigger()
    events.record([builders.event(builders.customer())])
    tasks.answer_events()
    assert called == [("channels.tasks.send_urgent", "email", Firing.objects.get().wave_id)]


def test_pages_of_an_open_wave_open_and_say_what_cannot_be_reckoned_once_more():
    builders.trigger()
    person = builders.customer()
    events.record([builders.event(person)])
    triggers.answer_due()
    wave, client = Firing.objects.get().wave, admin_clients.superuser()
    assert client.get(reverse("admin:campaigns_wave_change", args=[wave.pk])).status_code == 200
    assert client.get(reverse("admin:campaigns_campaign_results", args=[wave.campaign_id])).status_code == 200
    why = client.get(reverse("admin:steering_assignment_why", args=[wave.pk, person.pk]))
    assert "joined an open wave" in why.content.decode()


def test_whoever_sends_a_large_wave_gives_way_after_a_batch_when_something_urgent_waits(monkeypatch):
    called, batches = [], []
    monkeypatch.setattr(calls, "call", lambda task, *args, **_: called.append((task, *args)))
    monkeypatch.setattr(calls, "waiting", lambda queue: int(queue == queues.URGENT))
    monkeypatch.setattr(tasks.channel_tasks.delivery, "send_due", lambda *_, **__: batches.append(1) or 1)
    tasks.channel_tasks.send_channel("email")
    assert (called, len(batches)) == ([("channels.tasks.send_channel", "email")], 1)
