"""The pages on which a channel compares contents."""

import pytest
from django.urls import reverse

from campaigns.models import Comparison
from tests import admin_clients, builders
from tests.steering.variants.outcomes import give, started

pytestmark = pytest.mark.django_db
MANAGER, ANALYST, AGENT = "Campaign manager", "Analyst", "Service agent"
ADD = "admin:campaigns_comparison_add"


def do(client, comparison: Comparison, verb: str, **fields) -> list[str]:
    return admin_clients.said(client.post(reverse("admin:campaigns_comparison_do", args=[comparison.pk, verb]), fields))


def page(client, comparison: Comparison) -> str:
    return client.get(reverse("admin:campaigns_comparison_change", args=[comparison.pk])).content.decode()


@pytest.fixture
def comparison() -> Comparison:
    return builders.comparison()


def test_a_comparison_is_made_of_an_option_and_contents():
    client, option = admin_clients.in_role(MANAGER), builders.campaign().options.get()
    chosen = [builders.content().pk, builders.content().pk]
    assert client.get(reverse(ADD)).status_code == 200
    answer = client.post(reverse(ADD), {"option": option.pk, "contents": chosen, "sharing": "thompson"})
    made = Comparison.objects.get()
    assert answer.status_code == 302
    assert (made.option, made.sharing, made.created_by, made.variants.count()) == (option, "thompson", client.user, 2)


def test_what_cannot_be_compared_is_said_at_the_form():
    option = builders.campaign(channels=("social",)).options.get()
    chosen = [builders.content().pk, builders.content().pk]
    fields = {"option": option.pk, "contents": chosen, "sharing": "fixed"}
    answer = admin_clients.in_role(MANAGER).post(reverse(ADD), fields)
    assert "everybody the same" in answer.content.decode()
    assert not Comparison.objects.exists()


def test_one_content_is_nothing_to_compare():
    option = builders.campaign().options.get()
    fields = {"option": option.pk, "contents": [builders.content().pk], "sharing": "fixed"}
    assert "at least two contents" in admin_clients.in_role(MANAGER).post(reverse(ADD), fields).content.decode()


def test_results_are_shown_with_their_intervals(comparison):
    wave = started(comparison, days_ago=20)
    give(wave, comparison, 1, customers=300, buyers=30)
    give(wave, comparison, 2, customers=300, buyers=90)
    shown = page(admin_clients.in_role(ANALYST), comparison)
    assert "B is better" in shown
    assert "10.00% (" in shown
    assert "EUR (" in shown
    assert "Promote" not in shown


def test_a_comparison_without_results_says_so(comparison):
    assert "Not decided yet" in page(admin_clients.in_role(MANAGER), comparison)


def test_a_winner_is_promoted_in_one_click_and_compared_again(comparison):
    client = admin_clients.in_role(MANAGER)
    assert do(client, comparison, "promote", variant="2") == ["Promoted B. It holds from the next wave on."]
    assert "B is sent to everybody" in page(client, comparison)
    do(client, comparison, "reopen")
    assert Comparison.objects.get().winner is None


def test_shares_are_set(comparison):
    do(admin_clients.in_role(MANAGER), comparison, "share", share_1="3", share_2="1")
    assert [float(one.share) for one in comparison.variants.all()] == [0.75, 0.25]


def test_one_more_is_added(comparison):
    do(admin_clients.in_role(MANAGER), comparison, "add", content=builders.content().pk)
    assert comparison.variants.count() == 3


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("promote", {"variant": "9"}),
        ("promote", {"variant": "x"}),
        ("promote", {}),
        ("share", {"share_1": "x", "share_2": "1"}),
        ("share", {"share_1": "1"}),
        ("add", {"content": ""}),
        ("nonsense", {}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(comparison, verb, fields):
    assert do(admin_clients.in_role(MANAGER), comparison, verb, **fields)
    unchanged = Comparison.objects.get()
    assert (unchanged.winner, [float(one.share) for one in unchanged.variants.all()]) == (None, [0.5, 0.5])


@pytest.mark.parametrize("role", [ANALYST, AGENT, "Content editor"])
def test_who_may_not_change_it_promotes_nothing(comparison, role):
    url = reverse("admin:campaigns_comparison_do", args=[comparison.pk, "promote"])
    assert admin_clients.in_role(role).post(url, {"variant": "1"}).status_code == 403


def test_who_may_not_see_it_sees_nothing(comparison):
    url = reverse("admin:campaigns_comparison_change", args=[comparison.pk])
    assert admin_clients.in_role(AGENT).get(url).status_code == 403
