"""Contents in the admin: refused with the place and the reason, previewed on every channel, images kept."""

import base64
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.models import Content
from tests import admin_clients, builders

pytestmark = pytest.mark.django_db
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def save(blocks, of: Content | None = None):
    form = {"name": of.name if of else "Summer", "description": "", "blocks": json.dumps(blocks)}
    url = reverse("admin:campaigns_content_change", args=[of.pk]) if of else reverse("admin:campaigns_content_add")
    return admin_clients.in_role("Content editor").post(url, form)


def errors(answer) -> list[str]:
    return answer.context["adminform"].form.errors["blocks"]


def test_a_content_is_saved_with_its_author() -> None:
    assert save(builders.content_blocks()).status_code == 302
    made = Content.objects.get()
    assert made.blocks == builders.content_blocks()
    assert made.created_by.username.startswith("Content editor")


def test_what_is_wrong_is_said_at_the_field_with_the_place() -> None:
    answer = save([{"id": "headline", "type": "headline", "text": "Hallo {{ first_nam }}"}])
    assert errors(answer)[0].startswith("Block 1 (Headline), Headline: there is no field 'first_nam'")
    assert not Content.objects.exists()


def test_an_empty_content_is_refused() -> None:
    assert errors(save([])) == ["Write at least one block."]


def test_what_only_one_channel_cannot_carry_is_a_warning() -> None:
    answer = save([{"id": "text", "type": "text", "text": "Nur Text."}])
    assert answer.status_code == 302
    said = " ".join(admin_clients.said(answer))
    assert "Saved, but not for every channel yet. Banner: a banner needs a headline" in said


def test_what_a_campaign_could_not_send_any_more_is_refused() -> None:
    campaign = builders.campaign(channels=("banner",))
    answer = save([{"id": "text", "type": "text", "text": "Nur Text."}], campaign.content)
    assert errors(answer) == ["Banner: a banner needs a headline"]


def test_an_archived_campaign_holds_nobody_up() -> None:
    campaign = builders.campaign(channels=("banner",), is_archived=True)
    assert save([{"id": "text", "type": "text", "text": "Nur Text."}], campaign.content).status_code == 302


def preview_of(client, content: Content, **form):
    url = reverse("admin:campaigns_content_preview", args=[content.pk])
    return client.post(url, form) if form else client.get(url)


def test_all_five_channels_are_shown_side_by_side() -> None:
    page = preview_of(admin_clients.in_role("Content editor"), builders.content(builders.content_blocks()))
    shown = {one["label"]: one for one in page.context["shown"]}
    assert list(shown) == ["E-mail", "Banner", "Social network", "Print mailing", "Direct post"]
    assert all(one["parts"] and not one["problems"] for one in shown.values())
    assert page.content.count(b"<iframe") == page.content.count(b'<iframe sandbox=""') >= 4
    assert page.content.count(b'src="data:image/png;base64,') >= 3


def test_a_preview_says_what_a_channel_cannot_carry() -> None:
    page = preview_of(admin_clients.superuser(), builders.content([{"id": "t", "type": "text", "text": "Nur Text."}]))
    assert b"a banner needs a headline" in page.content


def test_a_preview_for_a_customer_speaks_to_that_customer() -> None:
    person = builders.customer(first_name="Friederike", household=True)
    content = builders.content(builders.content_blocks())
    page = preview_of(admin_clients.in_role("Campaign manager"), content, number=person.customer_number)
    [mail] = [one for one in page.context["shown"] if one["label"] == "E-mail"]
    assert mail["subject"].startswith("Friederike")


def test_an_unknown_customer_number_is_said() -> None:
    page = preview_of(admin_clients.superuser(), builders.content(), number="nobody")
    assert b"There is no customer with this number." in page.content


def test_who_may_not_see_customers_previews_for_the_made_up_person_only() -> None:
    person = builders.customer(first_name="Friederike")
    content = builders.content(builders.content_blocks())
    page = preview_of(admin_clients.in_role("Content editor"), content, number=person.customer_number)
    assert page.context["form"] is None
    assert b"Friederike" not in page.content


def test_the_letter_can_be_taken_as_pdf() -> None:
    content = builders.content(builders.content_blocks())
    url = reverse("admin:campaigns_content_pdf", args=[content.pk, "print_mailing", "pdf"])
    client = admin_clients.in_role("Content editor")
    assert client.get(url).content.startswith(b"%PDF")
    assert client.get(url.replace("print_mailing", "fax")).status_code == 404


@pytest.mark.parametrize("number", ["nobody", "no\0body"])
def test_nothing_is_tried_out_with_the_data_of_nobody(number) -> None:
    url = reverse("admin:campaigns_content_try", args=[builders.content().pk, "email"])
    assert admin_clients.superuser().post(url, {"number": number}).status_code == 404


def upload(data: bytes):
    image = SimpleUploadedFile("x.png", data, content_type="image/png")
    return admin_clients.in_role("Content editor").post(reverse("admin:campaigns_content_image"), {"image": image})


def test_an_image_is_kept_and_can_be_used_in_a_block() -> None:
    said = upload(PNG).json()
    assert said["url"] == f"/{said['source']}"
    image = {"id": "image", "type": "image", "source": said["source"], "alt": "Ein Punkt"}
    headline = {"id": "headline", "type": "headline", "text": "Hallo"}
    assert save([headline, image]).status_code == 302


def test_what_is_no_image_is_refused() -> None:
    answer = upload(b"<svg onload=alert(1)>")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("It is an SVG drawing")
