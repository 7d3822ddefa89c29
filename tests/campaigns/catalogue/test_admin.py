"""Staff bring products up to date from a feed and pick them; each only who may."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from campaigns.models import Asset, Product
from tests.campaigns.catalogue.feeds import feed, take
from tests.campaigns.catalogue.test_importing import PICTURE

pytestmark = pytest.mark.django_db
LIST = "/admin/campaigns/product/"
CSV = b"id;title;price;availability;image_link\n4711;Tisch;349,00 EUR;in_stock;https://cdn.example.com/garden.png\n"


def logged_in(role: str) -> Client:
    client, user = Client(), User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def upload(client: Client, content: bytes = CSV, name: str = "feed.csv", **more):
    return client.post(f"{LIST}import/", {"feed": SimpleUploadedFile(name, content)} | more, follow=True)


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_an_editor_uploads_a_feed_and_its_pictures():
    picture = SimpleUploadedFile("garden.png", PICTURE.read_bytes())
    answer = upload(logged_in("Content editor"), picture=[picture], is_whole="on")
    assert "1 products read, 1 of them new or changed" in said(answer)
    assert Product.objects.get().source == Asset.objects.get().source
    assert "349.00 EUR" in answer.content.decode()


def test_what_is_wrong_is_said_and_nothing_taken():
    answer = upload(logged_in("Content editor"), CSV.replace(b"349,00 EUR", b"viel"))
    assert "Nothing was imported. row 1: price must be a price like 349.00 EUR" in said(answer)
    assert not Product.objects.exists()


@pytest.mark.parametrize(("role", "status"), [("Approver", 403), ("Analyst", 403), ("Service agent", 403)])
def test_who_may_not_import_does_not(role, status):
    assert upload(logged_in(role)).status_code == status
    assert not Product.objects.exists()


def test_products_are_found_by_words_and_named_by_ids(tmp_path):
    take(
        tmp_path,
        {},
        {"id": "4712", "title": "Bank Robinie", "availability": "out_of_stock"},
        {"id": "9", "title": "Stuhl"},
    )
    client = logged_in("Content editor")
    found = client.get(f"{LIST}pick/", {"q": "robinie"}).json()["products"]
    assert [(one["id"], one["available"]) for one in found] == [("4711", True), ("4712", False)]
    assert [one["name"] for one in client.get(f"{LIST}pick/?id=9&id=0").json()["products"]] == ["Stuhl"]
    assert logged_in("Service agent").get(f"{LIST}pick/").status_code == 403


def test_the_list_shows_what_is_true_now(tmp_path):
    take(tmp_path, {"title": "Alt"})
    take(tmp_path, {"title": "Neu"})
    page = logged_in("Content editor").get(LIST).content.decode()
    assert "Neu" in page
    assert "Alt" not in page
    old = Product.objects.get(title="Alt")
    assert logged_in("Approver").get(f"{LIST}{old.pk}/change/").status_code == 200


def test_the_command_takes_a_folder_of_pictures(tmp_path, capsys):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "tisch.png").write_bytes(PICTURE.read_bytes())
    path = feed(tmp_path, {"image_link": "https://cdn.example.com/tisch.png"}, {"id": "2", "image_link": "x.png"})
    call_command("import_products", str(path), pictures=tmp_path / "pictures")
    told = capsys.readouterr()
    assert told.out == "2 products, 2 new or changed, 0 no longer available\n"
    assert told.err.startswith("row 2: image_link is not in the library")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_products", str(tmp_path / "none.csv"))
