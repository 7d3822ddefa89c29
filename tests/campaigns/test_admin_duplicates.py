"""Staff compare two records, merge or tell them apart, and undo a merge; only who may."""

import pytest
from django.contrib.admin.models import LogEntry

from campaigns import consent
from campaigns.duplicates import merging
from campaigns.models import Customer, CustomerMerge, DuplicatePair, PairState
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
LIST = "/admin/campaigns/duplicatepair/"


@pytest.fixture
def pair() -> DuplicatePair:
    one = builders.customer(last_name="Oberhauser", household=True, email="one@example.com")
    two = builders.customer(last_name="Oberhausr", household=True, email="two@example.com")
    return of(one, two)


def of(one: Customer, two: Customer, **fields) -> DuplicatePair:
    told = {
        "probability": 0.97,
        "is_sure": True,
        "agrees": ["last_alike"],
        "differs": ["number_differs"],
        "cluster": one.pk,
    }
    return DuplicatePair.objects.create(first=one, second=two, **(told | fields))


def decide(client, pair: DuplicatePair, verb: str):
    return client.post(f"{LIST}{pair.pk}/decide/", {"verb": verb}, follow=True)


def test_both_records_are_shown_side_by_side_with_what_differs(pair):
    page = admin_clients.in_role("Service agent").get(f"{LIST}{pair.pk}/change/").content.decode()
    for said in (
        "Oberhauser",
        "<strong>Oberhausr</strong>",
        "one@example.com",
        "last names are much alike",
        "another house number",
    ):
        assert said in page


def test_the_list_shows_what_is_to_be_decided_likeliest_first_by_name(pair):
    likelier = of(builders.customer(last_name="Vogel"), builders.customer(last_name="Vogl"), probability=0.99)
    of(builders.customer(), builders.customer(), state="different")
    client = admin_clients.in_role("Service agent")
    assert list(client.get(LIST).context["cl"].result_list) == [likelier, pair]
    assert "Erika Vogel and Erika Vogl" in client.get(LIST).content.decode()
    assert len(client.get(LIST, {"state": "all"}).context["cl"].result_list) == 3


def test_pairs_and_merges_are_named_by_number_for_those_who_may_not_see_customers(pair):
    merging.merge(*(one.pk for one in (builders.customer(last_name="Vogel"), builders.customer(last_name="Vogl"))))
    client = admin_clients.with_permissions("campaigns.view_duplicatepair", "campaigns.view_customermerge")
    for page in (LIST, "/admin/campaigns/customermerge/"):
        shown = client.get(page, {"state": "all"} if page == LIST else {}).content.decode()
        assert not any(name in shown for name in ("Oberhauser", "Vogel", "Vogl"))
    assert pair.first.customer_number in client.get(LIST).content.decode()


def test_a_pair_names_channels_and_campaigns_that_were_refused(pair):
    campaign = builders.campaign(name="Spring letter")
    consent.object_to(customer_id=pair.first_id, campaign_id=campaign.pk, source="call")
    consent.object_to(customer_id=pair.first_id, channel="print_mailing", source="call")
    page = admin_clients.in_role("Service agent").get(f"{LIST}{pair.pk}/change/").content.decode()
    assert "campaign “Spring letter”" in page
    assert "print_mailing" not in page


def test_same_person_keeps_the_chosen_record_and_goes_on_to_the_next(pair):
    following = of(builders.customer(), builders.customer(), probability=0.5)
    answer = decide(admin_clients.in_role("Service agent"), pair, "keep_second")
    assert answer.redirect_chain[-1][0] == f"{LIST}{following.pk}/change/"
    pair.refresh_from_db()
    assert (pair.state, pair.first.merged_into) == (PairState.SAME, pair.second)
    assert LogEntry.objects.get().change_message == f"customer {pair.first_id} merged into {pair.second_id}"


def test_different_people_are_remembered(pair):
    decide(admin_clients.in_role("Privacy officer"), pair, "different")
    pair.refresh_from_db()
    assert pair.state == PairState.DIFFERENT
    assert pair.decided_by is not None
    assert not CustomerMerge.objects.exists()


def test_of_two_who_decide_the_first_one_counts(pair):
    client = admin_clients.in_role("Service agent")
    decide(client, pair, "different")
    assert b"decided about this pair already" in decide(client, pair, "keep_first").content
    assert not CustomerMerge.objects.exists()


def test_an_unknown_answer_changes_nothing(pair):
    assert b"Say which record is kept" in decide(admin_clients.in_role("Service agent"), pair, "").content
    pair.refresh_from_db()
    assert pair.state == PairState.OPEN


def test_later_leads_to_the_next_and_from_the_last_back_to_the_first(pair):
    following = of(builders.customer(), builders.customer(), probability=0.5)
    client = admin_clients.in_role("Service agent")
    for seen, comes in ((pair, following), (following, pair)):
        assert client.get(f"{LIST}next/", {"after": seen.pk}).url == f"{LIST}{comes.pk}/change/"


def test_nothing_is_left_to_decide():
    assert b"no more pairs" in admin_clients.in_role("Service agent").get(f"{LIST}next/", follow=True).content


def test_a_merge_is_undone_by_a_button(pair):
    made = merging.merge(pair.first_id, pair.second_id)
    client = admin_clients.in_role("Service agent")
    page = client.get(f"/admin/campaigns/customermerge/{made.pk}/change/").content.decode()
    assert "Undo this merge" in page
    assert f"Erika Oberhausr ({pair.second.customer_number})" in page
    client.post(f"/admin/campaigns/customermerge/{made.pk}/undo/")
    made.refresh_from_db()
    assert made.undone_by is not None


@pytest.mark.parametrize("role", ["Campaign manager", "Content editor", "Approver", "Analyst"])
def test_others_may_neither_look_nor_decide(pair, role):
    client = admin_clients.in_role(role)
    assert client.get(f"{LIST}{pair.pk}/change/").status_code == 403
    assert client.get(f"{LIST}next/").status_code == 403
    assert decide(client, pair, "keep_first").status_code == 403
    assert DuplicatePair.objects.get().state == PairState.OPEN
