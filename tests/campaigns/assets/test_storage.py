"""Assets lie wherever the setting says: a folder, memory or an object store; nothing assumes a disk."""

from collections.abc import Iterator

import boto3
import pytest
from django.test import Client
from moto.server import ThreadedMotoServer

from campaigns import assets
from campaigns.assets import storage
from campaigns.content_error import ContentError
from campaigns.models import Asset

from .files import VIDEO, picture

pytestmark = pytest.mark.django_db
MEMORY = {"BACKEND": "django.core.files.storage.InMemoryStorage"}


@pytest.fixture(scope="module")
def s3() -> Iterator[dict]:
    """A server on loopback that speaks S3, with an empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    access = {"access_key": "of-a-test", "secret_key": "of-a-test", "endpoint_url": f"http://127.0.0.1:{port}"}
    boto3.client(
        "s3", aws_access_key_id="of-a-test", aws_secret_access_key="of-a-test", region_name="eu-central-1",
        endpoint_url=access["endpoint_url"],
    ).create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})  # fmt: skip
    options = access | {"bucket_name": "assets", "region_name": "eu-central-1"}
    yield {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    server.stop()


@pytest.fixture(params=["folder", "memory", "s3"])
def kept(request: pytest.FixtureRequest, settings) -> Iterator[str]:
    if request.param != "folder":
        chosen = MEMORY if request.param == "memory" else request.getfixturevalue("s3")
        settings.STORAGES = settings.STORAGES | {"assets": chosen}
        settings.MEDIA_ROOT = settings.MEDIA_ROOT / "never"
    yield request.param
    if request.param != "folder":
        assert not settings.MEDIA_ROOT.exists()


def test_a_picture_is_kept_read_cropped_and_served(kept: str) -> None:
    asset = assets.add(picture(200, 100), name="half.png")
    assert assets.size(asset.source) == (200, 100)
    made = assets.crop(asset.source, 50, 50)
    assert assets.size(made) == (50, 50)
    assert Client().get(f"/{made}").content == assets.read(made)
    assets.check(made, path="")


def test_a_video_is_served_in_parts(kept: str) -> None:
    source = assets.add(VIDEO, name="film.mp4").source
    answer = Client().get(f"/{source}", headers={"Range": "bytes=4-11"})
    assert b"".join(answer.streaming_content) == VIDEO[4:12]


def test_what_is_not_there_is_said(kept: str) -> None:
    with pytest.raises(ContentError, match="there is no image media"):
        assets.read("media/images/none.png")
    assert Client().get("/media/images/none.png").status_code == 404


def test_the_same_file_is_kept_once(kept: str) -> None:
    first, second = (assets.add(picture(60, 60), name=name) for name in ("a.png", "b.png"))
    assert first == second
    assert storage.place().listdir("images")[1].count(first.source.removeprefix("media/images/")) == 1


def test_what_is_deleted_is_gone_with_its_crops(kept: str, django_capture_on_commit_callbacks) -> None:
    asset = assets.add(picture(70, 60), name="a.png")
    made = assets.crop(asset.source, 10, 10)
    with django_capture_on_commit_callbacks(execute=True):
        assets.delete(asset)
    assert [Client().get(f"/{source}").status_code for source in (made, asset.source)] == [404, 404]
    assert not Asset.objects.exists()


def test_a_file_has_its_name_only_once_it_is_whole(settings, monkeypatch) -> None:
    def breaks(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("campaigns.assets.storage.os.replace", breaks)
    with pytest.raises(OSError, match="disk full"):
        assets.save(picture())
    monkeypatch.undo()
    assert Client().get(f"/{assets.save(picture())}").status_code == 200


def test_another_process_that_was_faster_leaves_one_file(settings) -> None:
    settings.STORAGES = settings.STORAGES | {"assets": MEMORY}
    place = storage.place()
    storage.keep("images/x.png", b"x")
    place.exists = lambda name: name != "images/x.png"  # looked a moment too early
    storage.keep("images/x.png", b"x")
    assert place.listdir("images")[1] == ["x.png"]
