"""Vendors pull, print and post by HTTP; networks fetch their lists; what they have is what the ledger says."""

from pathlib import Path

import pyrage
import pytest
from django.utils import timezone

from campaigns.models import Event, Objection, Option, Wave
from channels import delivery, encryption_keys, keys
from channels.models import ApiKey, AudienceFile, Dispatch, EncryptionKey, PrintItem, PrintJob
from channels.print_jobs import distributed
from channels.social import files
from steering.demo import partners
from steering.demo.errors import DemoError
from steering.demo.partners import Printed
from steering.demo.press import BreakingClient, Press
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 3


@pytest.fixture
def press(live_server, tmp_path: Path) -> Press:
    """With a key to which its files are encrypted."""
    vendor = builders.vendor("press")
    secret = pyrage.x25519.Identity.generate()
    identity = tmp_path / "identity"
    identity.write_text(str(secret))
    key = encryption_keys.register(vendor, str(secret.to_public()))
    encryption_keys.confirm(key.pk, fingerprint=key.fingerprint, by=builders.user("channels.confirm_encryptionkey"))
    raw = keys.create(name="press", scope=ApiKey.Scope.VENDOR, vendor=vendor)[1]
    return Press(BreakingClient(live_server.url, raw), identity)


def handed_over(*channels: str) -> Wave:
    wave = builders.wave(builders.campaign(channels=channels, blocks=builders.content_blocks()))
    Option.objects.exclude(channel="social").update(settings={"vendor": "press"})
    for channel in channels:
        people = [builders.customer(household=True, consents=("social",)) for _ in range(PEOPLE)]
        builders.area(*people)
        for person in people:
            builders.dispatch(wave, person, channel=channel, coupon_code=f"K-{person.pk}")
        assert delivery.send_due(channel) == PEOPLE
    return wave


def printed(press: Press, wave: Wave, folder: Path) -> Printed:
    return partners.print_and_post([press], wave_id=wave.pk, folder=folder)


def states(wave: Wave) -> set[tuple[str, str]]:
    return set(Dispatch.objects.filter(wave=wave).values_list("channel", "state"))


def test_letters_and_leaflets_are_pulled_printed_and_posted(press: Press, tmp_path: Path) -> None:
    wave = handed_over("print_mailing", "direct_post")
    made = printed(press, wave, tmp_path)
    assert (len(made.letters), len(made.areas)) == (PEOPLE - 1, 1)
    assert {letter.coupon for letter in made.letters} < set(Dispatch.objects.values_list("coupon_code", flat=True))
    assert all("/r/" in letter.link for letter in made.letters)
    assert states(wave) == {("print_mailing", "sent"), ("print_mailing", "suppressed"), ("direct_post", "sent")}


def test_a_download_breaks_off_in_the_middle_and_goes_on(press: Press, tmp_path: Path) -> None:
    ((came, whole),) = printed(press, handed_over("print_mailing"), tmp_path).broke
    assert 0 < came < whole


def test_one_person_objects_before_production_and_gets_no_letter(press: Press, tmp_path: Path) -> None:
    wave = handed_over("print_mailing")
    made = printed(press, wave, tmp_path)
    assert made.objected == 1
    unwanted = PrintItem.objects.get(dispatch__customer=Objection.objects.get().customer)
    assert unwanted.state == "withdrawn"
    assert unwanted.pk not in {letter.item_id for letter in made.letters}
    assert (PrintJob.objects.get().revision, PrintJob.objects.get().state) == (2, "reconciled")


def test_files_that_are_not_encrypted_are_not_printed(press: Press, tmp_path: Path) -> None:
    EncryptionKey.objects.all().delete()
    wave = handed_over("print_mailing")
    with pytest.raises(DemoError, match="was not encrypted"):
        printed(press, wave, tmp_path)


def test_another_waves_jobs_are_left_alone(press: Press, tmp_path: Path) -> None:
    wave = handed_over("print_mailing")
    assert printed(press, builders.wave(), tmp_path).letters == ()
    assert states(wave) == {("print_mailing", "handed_over")}


def test_letters_as_in_the_ledger_pass_and_others_are_named(press: Press, tmp_path: Path) -> None:
    wave = handed_over("print_mailing")
    letters = printed(press, wave, tmp_path).letters
    partners.compare_letters(letters, wave.pk)
    with pytest.raises(DemoError, match=r"1 missing \(item"):
        partners.compare_letters(letters[1:], wave.pk)
    with pytest.raises(DemoError, match=r"1 doubled \(item"):
        partners.compare_letters([*letters, letters[0]], wave.pk)
    PrintItem.objects.filter(pk=letters[0].item_id).update(dispatch=None)
    with pytest.raises(DemoError, match=r"1 not in the ledger \(item"):
        partners.compare_letters(letters, wave.pk)


def test_a_returned_letter_is_reported_by_its_vendor(press: Press, tmp_path: Path) -> None:
    wave = handed_over("print_mailing")
    letter = printed(press, wave, tmp_path).letters[0]
    at = timezone.now()
    partners.return_letters(press, [letter], at=at)
    event = Event.objects.get(kind="returned")
    assert (event.dispatch_id, event.occurred_at) == (PrintItem.objects.get(pk=letter.item_id).dispatch_id, at)


def test_what_was_delivered_in_an_area_is_proved_by_its_carrier(press: Press, tmp_path: Path) -> None:
    wave = handed_over("direct_post")
    areas = printed(press, wave, tmp_path).areas
    delivered = partners.prove_distribution(press, areas, at=timezone.now())
    proof = distributed.of_waves([wave.pk])[wave.pk]
    assert (proof.told_areas, proof.distributed, proof.missing) == (1, delivered, partners.MISSED)


def test_a_network_fetches_its_list_and_the_people_count_as_reached() -> None:
    wave = handed_over("social")
    assert partners.fetch_lists(wave.pk) == PEOPLE
    assert states(wave) == {("social", "sent")}
    assert partners.fetch_lists(wave.pk) == 0


def test_a_list_that_was_changed_is_noticed() -> None:
    wave = handed_over("social")
    path = files.location(AudienceFile.objects.get())
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(DemoError, match="is not as it was written"):
        partners.fetch_lists(wave.pk)
