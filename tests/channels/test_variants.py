"""Each customer of an option that compares contents gets one of them, by chance that is the same when reckoned again."""

from collections import Counter
from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from campaigns.models import Customer, Wave
from channels import delivery, ledger, looking_back, recipients, sent
from channels.ledger import variants
from channels.models import Dispatch
from steering.variants import shares_now
from tests import builders

pytestmark = pytest.mark.django_db
PLANNED = """
    SELECT c.id AS customer_id, %(option)s::bigint AS option_id, %(channel)s::text AS channel, 1 AS cost_cents, NULL AS barred
    FROM campaigns_customer c
"""


def queue(wave: Wave, comparison) -> dict[int, int]:
    """Everybody gets something; returns the variant of each customer."""
    option = comparison.option
    params = {"option": option.pk, "channel": option.channel}
    ledger.queue(PLANNED, params, wave_id=wave.pk, deadline_at=timezone.now() + timedelta(days=1))
    return dict(Dispatch.objects.filter(wave=wave).values_list("customer_id", "variant"))


def crowd(number: int = 400) -> None:
    Customer.objects.bulk_create(Customer(customer_number=f"V{n}", last_name=f"Muster{n}") for n in range(number))


def test_about_as_many_get_each_variant_as_its_share_says():
    crowd()
    comparison = builders.comparison(texts=("Eins", "Zwei"))
    comparison.variants.filter(number=1).update(share="0.750")
    comparison.variants.filter(number=2).update(share="0.250")
    counts = Counter(queue(builders.compared_wave(comparison), comparison).values())
    assert counts.keys() == {1, 2}
    assert counts[1] / 400 == pytest.approx(0.75, abs=0.08)


def test_with_fixed_shares_a_customer_stays_with_a_variant():
    crowd(100)
    comparison = builders.comparison()
    first = queue(builders.compared_wave(comparison), comparison)
    assert queue(builders.compared_wave(comparison), comparison) == first


def test_another_campaign_draws_anew():
    crowd(100)
    one, other = builders.comparison(), builders.comparison()
    first = queue(builders.compared_wave(one), one)
    assert queue(builders.compared_wave(other), other) != first


def test_where_shares_follow_results_every_wave_draws_anew():
    crowd(100)
    comparison = builders.comparison(sharing="thompson")
    first = queue(builders.compared_wave(comparison), comparison)
    assert queue(builders.compared_wave(comparison), comparison) != first


def test_the_draw_can_be_reckoned_once_more():
    crowd(50)
    comparison = builders.comparison()
    wave = builders.compared_wave(comparison)
    salt = variants.salt(wave, comparison)
    for customer_id, variant in queue(wave, comparison).items():
        drawn = int(sha256(f"{salt}{customer_id}".encode()).hexdigest()[:13], 16) / 2**52
        assert variant == (1 if drawn < 0.5 else 2)


def test_an_option_without_variants_has_none():
    campaign = builders.campaign()
    wave = builders.wave(campaign)
    assert variants.of_wave(wave.pk) == variants.Drawing()
    crowd(3)
    params = {"option": campaign.options.get().pk, "channel": "email"}
    ledger.queue(PLANNED, params, wave_id=wave.pk, deadline_at=timezone.now() + timedelta(days=1))
    assert set(Dispatch.objects.values_list("variant", flat=True)) == {0}


def test_a_delivery_area_gets_one_variant():
    comparison = builders.comparison(channel="direct_post")
    for _ in range(12):
        builders.area(*(builders.customer(household=True) for _ in range(3)))
    queue(builders.compared_wave(comparison), comparison)
    by_area: dict[int, set[int]] = {}
    for dispatch in Dispatch.objects.select_related("customer__household"):
        by_area.setdefault(dispatch.customer.household.delivery_area_id, set()).add(dispatch.variant)
    assert {len(found) for found in by_area.values()} == {1}
    assert {variant for found in by_area.values() for variant in found} == {1, 2}


def test_everybody_is_sent_the_variant_that_they_drew(mail_server):
    for _ in range(8):
        builders.customer()
    comparison = builders.comparison()
    wave = builders.compared_wave(comparison)
    drawn = queue(wave, comparison)
    assert set(drawn.values()) == {1, 2}
    while delivery.send_due("email"):
        pass
    assert Dispatch.objects.filter(state="sent").count() == 8
    subjects = Counter(str(mail["Subject"]) for mail in mail_server.messages)
    assert subjects == Counter({1: "Eins", 2: "Zwei"}[variant] for variant in drawn.values())


def test_what_was_sent_is_known_by_its_variant():
    comparison = builders.comparison()
    wave = builders.compared_wave(comparison)
    dispatch = builders.dispatch(wave, state="sent", claimed_at=timezone.now(), variant=2)
    assert sent.find(dispatch.pk).blocks[0]["text"] == "Zwei"
    assert looking_back.show(dispatch).preview.rendition.parts["subject"] == "Zwei"


def test_dispatches_are_grouped_by_what_they_carry():
    comparison = builders.comparison()
    wave = builders.compared_wave(comparison)
    first, second, third = (builders.dispatch(wave, variant=n).pk for n in (2, 1, 2))
    groups = [
        (ids, blocks[comparison.option_id][0]["text"])
        for ids, blocks in recipients.by_content(wave.pk, [first, second, third])
    ]
    assert groups == [([second], "Eins"), ([first, third], "Zwei")]


def test_a_promoted_variant_is_all_that_the_next_wave_sends():
    comparison = builders.comparison()
    comparison.winner = 2
    comparison.save()
    crowd(20)
    wave = builders.compared_wave(comparison)
    assert [(one.number, share) for one, share in shares_now(comparison)] == [(2, 1.0)]
    assert set(queue(wave, comparison).values()) == {2}
