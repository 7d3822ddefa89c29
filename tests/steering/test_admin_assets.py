"""The asset library in the admin: several files at once, alternative texts, focal point, picker, archive."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns import assets
from campaigns.models import Asset, Content
from tests import admin_clients, builders
from tests.campaigns.assets.files import VIDEO, picture

pytestmark = pytest.mark.django_db
TEXTS = {"alt_de": "Ein Garten", "alt_en": "A garden"}


def url(name: str, *args: int) -> str:
    return reverse(f"admin:campaigns_asset_{name}", args=args)


def editor():
    return admin_clients.in_role("Content editor")


def asset(name: str = "Garden", *, is_described: bool = True, width: int = 400) -> Asset:
    made = assets.add(picture(width, 300), name=name)
    if is_described:
        assets.describe(made, {"de": "Ein Garten", "en": "A garden"})
    return made


def showing(source: str) -> Content:
    image = {"id": "image", "type": "image", "source": "static/campaigns/garden.png", "alt": "x"}
    return builders.content([image | {"overrides": {"banner": {"source": source}}}])


def file(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_several_files_are_kept_and_a_bad_one_is_refused_alone() -> None:
    client = editor()
    files = [file("C:\\pictures\\Summer garden.PNG", picture()), file("film.mp4", VIDEO), file("x.png", b"<svg/>")]
    answer = client.post(url("upload"), {"file": files})
    said = answer.json()
    assert answer.status_code == 200
    assert [(one["name"], one["kind"], one["missing"]) for one in said["assets"]] == [
        ("Summer garden", "image", ["de", "en"]),
        ("film", "video", ["de", "en"]),
    ]
    assert said["errors"][0]["name"] == "x.png"
    assert "SVG" in said["errors"][0]["error"]
    assert set(Asset.objects.values_list("uploaded_by", flat=True)) == {client.user.pk}


@pytest.mark.parametrize("form", [{}, {"file": file("x.png", b"")}, {"file": file("x.png", b"nothing")}])
def test_an_upload_of_nothing_is_refused(form: dict) -> None:
    answer = editor().post(url("upload"), form)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_without_scripts_the_form_leads_to_what_is_still_to_be_described() -> None:
    done = f"{url('changelist')}?state=missing"
    answer = editor().post(url("upload"), {"file": file("a.png", picture()), "next": done})
    assert (answer.status_code, answer["Location"]) == (302, done)
    assert "1 kept" in admin_clients.said(answer)[0]


def test_the_picker_offers_only_what_is_described_and_not_archived() -> None:
    ready, _ = asset(), asset("Other", is_described=False, width=401)
    assets.archive(asset("Old", width=402))
    [shown] = editor().get(url("pick")).json()["assets"]
    assert shown["source"] == ready.source
    assert shown["alt"] == {"de": "Ein Garten", "en": "A garden"}
    assert (shown["width"], shown["height"], shown["missing"]) == (400, 300, [])
    assert editor().get(shown["thumbnail"]).status_code == 200


@pytest.mark.parametrize(("words", "found"), [("gard", 1), ("garten EIN", 1), ("garten desert", 0), ("100%_\0", 0)])
def test_the_picker_finds_by_name_and_alternative_text(words: str, found: int) -> None:
    asset()
    assert len(editor().get(url("pick"), {"q": words}).json()["assets"]) == found


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "٣"])
def test_a_page_that_makes_no_sense_does_no_harm(page: str) -> None:
    assert editor().get(url("pick"), {"page": page}).status_code == 200


def test_the_picker_shows_page_by_page_and_videos_apart() -> None:
    for width in range(25):
        asset(width=300 + width)
    client = editor()
    first, second = (client.get(url("pick"), {"page": page}).json() for page in (1, 2))
    assert (len(first["assets"]), first["more"], len(second["assets"]), second["more"]) == (24, True, 1, False)
    assert client.get(url("pick"), {"kind": "video"}).json()["assets"] == []


def test_alternative_texts_are_required_in_every_language() -> None:
    made = asset(is_described=False)
    answer = editor().post(url("describe", made.pk), {"alt_de": "Ein Garten", "alt_en": " "})
    assert answer.status_code == 400
    assert answer.json() == {"error": "alternative_texts.en: is required"}
    assert editor().post(url("describe", made.pk), TEXTS).json()["asset"]["missing"] == []


def change(of: Asset, **fields: str):
    form = {"name": of.name, "credit": "", "licence": "", "focal_x": "0.5", "focal_y": "0.5"}
    return editor().post(url("change", of.pk), form | TEXTS | fields)


def test_the_focal_point_is_set_on_the_page() -> None:
    made = asset(is_described=False)
    assert change(made, focal_x="0.1", focal_y="0.9").status_code == 302
    made.refresh_from_db()
    assert (made.focal_x, made.focal_y, made.alternative_texts) == (0.1, 0.9, {"de": "Ein Garten", "en": "A garden"})


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"focal_x": "1.2"}, "focal_x"),
        ({"focal_y": "nan"}, "focal_y"),
        ({"alt_de": ""}, "alt_de"),
        ({"alt_en": "x" * 201}, "alt_en"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(fields: dict[str, str], at: str) -> None:
    assert list(change(asset(), **fields).context["adminform"].form.errors) == [at]


def test_the_page_shows_every_crop_and_says_what_is_too_small() -> None:
    page = editor().get(url("change", asset().pk)).content.decode()
    assert "Banner 300x250" in page
    assert "Too small: 400 x 200 instead of" in page


def test_where_it_is_used_is_said_and_it_cannot_be_deleted() -> None:
    made = asset()
    content = showing(made.source)
    client = editor()
    page = client.get(url("change", made.pk)).content.decode()
    assert content.name in page
    assert "can be archived, but not deleted" in page
    assert client.post(url("delete", made.pk), {"post": "yes"}).status_code == 403
    assert client.post(url("archive", made.pk)).status_code == 302
    assert not Asset.objects.ready().exists()
    client.post(url("archive", made.pk), {"restore": "1"})
    assert Asset.objects.ready().exists()


def test_what_nothing_shows_can_be_deleted() -> None:
    made = asset()
    assert editor().post(url("delete", made.pk), {"post": "yes"}).status_code == 302
    assert not Asset.objects.exists()


def test_the_list_is_a_grid_of_what_is_not_archived() -> None:
    asset()
    assets.archive(asset("Old", width=401))
    client = editor()
    page = client.get(url("changelist")).content.decode()
    assert page.count("asset-card") == 1
    assert "Drop pictures or videos here" in page
    assert "Old" in client.get(url("changelist"), {"state": "archived"}).content.decode()
    assert client.get(url("changelist"), {"state": "missing"}).content.decode().count("asset-card") == 0
    assert client.get(url("changelist"), {"state": "ready", "q": "garten"}).content.decode().count("asset-card") == 1


@pytest.mark.parametrize("role", ["Campaign manager", "Approver"])
def test_others_look_and_change_nothing(role: str) -> None:
    made, client = asset(), admin_clients.in_role(role)
    assert client.get(url("pick")).status_code == 200
    assert client.get(url("change", made.pk)).status_code == 200
    assert "Drop pictures" not in client.get(url("changelist")).content.decode()
    for name, args in (("upload", ()), ("describe", (made.pk,)), ("archive", (made.pk,))):
        assert client.post(url(name, *args), TEXTS).status_code == 403


def test_who_has_no_business_with_contents_sees_nothing() -> None:
    client = admin_clients.in_role("Service agent")
    assert [client.get(url(name)).status_code for name in ("pick", "changelist")] == [403, 403]


def test_what_is_not_there_is_not_found() -> None:
    assert editor().post(url("describe", 10**30), TEXTS).status_code == 404


def test_a_video_is_described_and_has_no_focal_point() -> None:
    film = assets.add(VIDEO, name="film.mp4")
    page = editor().get(url("change", film.pk)).content.decode()
    assert "<video" in page
    assert "focal_x" not in page
    assert editor().post(url("change", film.pk), {"name": "Film"} | TEXTS).status_code == 302
    film.refresh_from_db()
    assert (film.name, film.missing_languages) == ("Film", [])
