"""Checks in the life of a content: errors forbid an approval, warnings are confirmed and kept with the version."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import offers, workflow
from campaigns.models import Campaign, Content
from campaigns.workflow import WorkflowError
from channels import checks
from channels.checks import circumstances
from channels.models import LinkAnswer
from tests import builders
from tests.channels.checks.asking import good, without

pytestmark = pytest.mark.django_db


def proposed(blocks: list[dict], *channels: str, **fields) -> tuple[Content, Campaign]:
    """A content that a campaign would send, waiting for its approval."""
    content = builders.content(blocks, is_approved=False)
    campaign = builders.campaign(channels=channels, content=content, **fields)
    workflow.submit(content, builders.user("campaigns.change_content"))
    return content, campaign


@pytest.fixture
def approver():
    return builders.user("campaigns.approve_content")


def test_an_error_forbids_it(approver):
    content, _ = proposed(without("imprint"), "email")
    with pytest.raises(WorkflowError, match="imprint") as refused:
        workflow.approve(content, approver, confirmed=workflow.findings(content))
    assert [one.code for one in refused.value.findings] == ["no_imprint"]


def test_a_warning_is_confirmed_and_kept_with_the_version(approver):
    content, _ = proposed(good(shop={"url": "http://shop.example.com/"}), "email")
    with pytest.raises(WorkflowError, match="confirmed first"):
        workflow.approve(content, approver)
    version = workflow.approve(content, approver, confirmed=workflow.findings(content))
    [kept] = version.confirmed
    assert (kept["code"], kept["channel"], kept["path"]) == ("unencrypted_link", "email", "shop.url")


def test_the_channels_are_those_of_its_campaigns(approver):
    content, _ = proposed(without("imprint"), "social")
    assert "no_imprint" not in {one.code for one in workflow.findings(content)}


def test_its_links_are_looked_at(approver):
    content, _ = proposed(good(), "email")
    assert workflow.findings(content) == []
    assert LinkAnswer.objects.get().url == "https://shop.example.com/tag"
    LinkAnswer.objects.update(status=404, looked_at=timezone.now())
    assert [one.code for one in workflow.findings(content)] == ["dead_link"]


class TestCircumstances:
    def offering(self, **fields) -> list[dict]:
        return good({"id": "offer", "type": "offer", "title": "20 % auf alle Bänke", "offer": "baenke"} | fields)

    def test_codes_are_needed_for_the_audience_and_no_more_than_the_capacity(self):
        offers.generate(builders.offer("baenke"), 1)
        people = [builders.customer() for _ in range(3)]
        content, campaign = proposed(self.offering(), "email")
        assert circumstances.of_content(content).people == {"email": len(people)}
        assert [one.code for one in workflow.findings(content)] == ["codes_missing"]
        campaign.options.update(capacity=1)
        assert workflow.findings(content) == []

    def test_codes_that_its_own_wave_has_reserved_are_there_for_it(self):
        offer = builders.offer("baenke")
        offers.generate(offer, 2)
        content, campaign = proposed(self.offering(), "email")
        mine, other = builders.wave(campaign, state="simulated", started_at=None), builders.wave(state="simulated")
        for wave in (mine, other):
            code = offer.coupons.filter(state="free").first()
            type(code).objects.filter(pk=code.pk).update(state="reserved", wave=wave, customer=builders.customer())
        assert circumstances.of_content(content).offers["baenke"].free == 1
        assert circumstances.facts_of({"baenke"})["baenke"].free == 0

    def test_nobody_is_in_an_audience_whose_rule_is_broken(self):
        broken = builders.audience()
        type(broken).objects.filter(pk=broken.pk).update(rule={"nonsense": 1})
        builders.offer("baenke")
        content, campaign = proposed(
            self.offering(only_if={"all": [{"audience": broken.pk}]}), "email", "print_mailing"
        )
        Campaign.objects.filter(pk=campaign.pk).update(audience=broken)
        found = circumstances.of_content(content)
        assert (found.audience_sizes, set(found.people.values())) == ({broken.pk: 0}, {0})

    def test_letters_are_counted_by_household(self):
        builders.offer("baenke")
        home = builders.customer(household=True).household
        builders.customer(household_id=home.pk)
        content, _ = proposed(self.offering(), "direct_post", "print_mailing")
        assert circumstances.of_content(content).people["direct_post"] <= 2
        people = circumstances.of_content(content).people
        assert people["print_mailing"] == 1 if _one_per_household("print_mailing") else 2

    def test_nobody_is_counted_where_there_is_no_offer(self):
        content, _ = proposed(good(), "email")
        assert circumstances.of_content(content).people == {}

    def test_post_takes_its_days_and_a_planned_wave_its_own(self, settings):
        settings.PRINT_DAYS, settings.POST_DAYS = 4, 3
        content, campaign = proposed(good(), "email", "print_mailing")
        assert circumstances.of_content(content).arrives_in_days == {"email": 0, "print_mailing": 7}
        builders.wave(campaign, state="draft", started_at=None, scheduled_at=timezone.now() + timedelta(days=10))
        assert circumstances.of_content(content).arrives_in_days == {"email": 10, "print_mailing": 17}

    def test_texts_are_tried_out_with_real_people(self):
        builders.customer(first_name="Wolfeschlegelsteinhausen", last_name="Bergerdorff")
        content, _ = proposed(good(), "email")
        assert any(one["first_name"] for one in circumstances.of_content(content).readers)

    def test_an_archived_campaign_does_not_count(self):
        content, campaign = proposed(without("imprint"), "email")
        Campaign.objects.filter(pk=campaign.pk).update(is_archived=True)
        assert checks.of_content(content) == []


def _one_per_household(channel: str) -> bool:
    from channels import registry

    return registry.get(channel).reach.one_per_household
