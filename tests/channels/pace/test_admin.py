"""Staff set hours, pace, limits and warm-ups, and record time-outs; nonsense is refused at its field."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import TimeOut
from channels.models import CampaignPace, MailHost, SendHours, SpeedLimit, WarmUp
from channels.pace import limits
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db


def add(model: str, **fields) -> object:
    return admin_clients.in_role("Campaign manager").post(reverse(f"admin:channels_{model}_add"), fields)


def errors(answer) -> dict:
    return answer.context["adminform"].form.errors


def test_hours_are_set_for_a_campaign_and_a_channel() -> None:
    of = builders.campaign()
    add(
        "sendhours",
        campaign=of.pk,
        channel="email",
        kind="open",
        weekdays=["1", "2"],
        starts_at="09:00",
        ends_at="20:00",
    )
    made = SendHours.objects.get()
    assert (made.campaign, made.weekdays, str(made)) == (of, [1, 2], "open 09:00 to 20:00 on Mon, Tue")


def test_hours_without_a_day_or_for_letters_are_refused() -> None:
    hours = {"kind": "open", "starts_at": "09:00", "ends_at": "20:00"}
    assert set(errors(add("sendhours", channel="print_mailing", **hours))) == {"channel", "weekdays"}
    assert not SendHours.objects.exists()


def test_an_even_pace_needs_its_number() -> None:
    of = builders.campaign()
    assert set(errors(add("campaignpace", campaign=of.pk, spread="evenly", exploration_share="0.1"))) == {"per_hour"}
    add("campaignpace", campaign=of.pk, spread="evenly", per_hour="200", exploration_share="0.1")
    assert CampaignPace.objects.get().per_hour == 200


def test_a_campaigns_page_says_when_its_messages_go_out() -> None:
    of = builders.campaign()
    page = reverse("admin:campaigns_campaign_change", args=[of.pk])
    manager = admin_clients.in_role("Campaign manager")
    assert b"At any hour" in manager.get(page).content
    SendHours.objects.create(campaign=of, channel="email")
    builders.pace(of, spread="evenly", per_hour=1200)
    shown = manager.get(page).content
    assert b"Evenly: 1,200 an hour on each channel" in shown
    assert b"Open 09:00 to 20:00 on Mon" in shown
    assert b"When messages go out" not in admin_clients.in_role("Analyst").get(page).content


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_speed_limit_is_a_number_above_nothing(number) -> None:
    assert set(errors(add("speedlimit", of="domain", name="gmail.com", per_second=number))) == {"per_second"}


def test_a_speed_limit_holds_at_once() -> None:
    limits.current()
    add("speedlimit", of="domain", name=" Example.COM ", per_second="3")
    assert SpeedLimit.objects.get().name == "example.com"
    assert limits.current().hosts["example.com"] == 3


def test_mail_hosts_are_written_small() -> None:
    add("mailhost", suffix="@City.Example.", host="Hoster")
    assert MailHost.objects.values_list("suffix", "host").get() == ("city.example", "hoster")


def warm_up(per_day: str) -> object:
    today = timezone.localdate().isoformat()
    days = {"days-TOTAL_FORMS": 0, "days-INITIAL_FORMS": 0}
    return add(
        "warmup", channel="email", sender="new@example.com", starts_on=today, per_day=per_day, is_active="on", **days
    )


def test_a_warm_up_is_written_as_numbers() -> None:
    warm_up("50, 100;500 1000")
    assert WarmUp.objects.get().per_day == [50, 100, 500, 1000]


@pytest.mark.parametrize("per_day", ["", "50, many", "50, -1", "1," * 101, "9999999999"])
def test_a_warm_up_that_is_none_is_refused(per_day) -> None:
    assert set(errors(warm_up(per_day))) == {"per_day"}


class TestTimeOuts:
    def record(self, customer_id: int, days: int) -> object:
        today = timezone.localdate()
        client = admin_clients.in_role("Service agent")
        fields = {"customer": customer_id, "from_on": today, "until_on": today + timedelta(days=days)}
        return client.post(reverse("admin:campaigns_timeout_add"), fields)

    def test_an_agent_records_one_and_ends_it(self) -> None:
        person = builders.customer()
        page = reverse("admin:campaigns_customer_change", args=[person.pk])
        assert self.record(person.pk, 7).url == page
        agent = admin_clients.in_role("Service agent")
        assert agent.get(page).context["sections"]["time_outs"][0].source.startswith("staff, user ")
        agent.post(reverse("admin:campaigns_customer_end_time_out", args=[person.pk]))
        assert not TimeOut.objects.exists()

    def test_days_that_make_none_are_refused(self) -> None:
        answer = self.record(builders.customer().pk, -1)
        assert errors(answer)["until_on"] == ["The last day is before the first."]

    def test_who_may_not_record_one_cannot_end_it(self) -> None:
        person = builders.customer()
        self.record(person.pk, 7)
        answer = admin_clients.in_role("Campaign manager").post(
            reverse("admin:campaigns_customer_end_time_out", args=[person.pk])
        )
        assert answer.status_code == 403
        assert TimeOut.objects.exists()
