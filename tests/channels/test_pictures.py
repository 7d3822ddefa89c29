"""Pictures and videos are served under names that never change their meaning; nothing else is."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from campaigns import assets
from channels.pictures import picture_view
from tests.campaigns.assets.files import VIDEO, picture


def get(path: str, **headers: str):
    return picture_view(RequestFactory().get(f"/media/{path}", headers=headers), path)


def video() -> str:
    return assets.save(VIDEO).removeprefix("media/")


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_picture_is_served_as_what_it_is_and_may_be_kept_for_ever(kind: str, media_type: str) -> None:
    source = assets.save(picture(kind=kind))
    answer = get(source.removeprefix("media/"))
    assert answer.content == assets.read(source)
    assert answer["Content-Type"] == media_type
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]


def test_the_same_picture_has_one_name_and_another_one_another() -> None:
    assert assets.save(picture()) == assets.save(picture())
    assert assets.save(picture()) != assets.save(picture(41))


@pytest.mark.parametrize("path", ["nothing.png", "../secret-key", "calls/list.csv", "page.png", "page.mp4", "none.mp4"])
def test_nothing_else_is_served(path: str, settings) -> None:
    settings.MEDIA_ROOT.mkdir()
    for name in ("page.png", "page.mp4"):
        (settings.MEDIA_ROOT / name).write_text("<html>")
    with pytest.raises(Http404):
        get(path)


def test_a_video_is_served_whole() -> None:
    answer = get(video())
    data = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"], answer["Accept-Ranges"]) == (200, "video/mp4", "bytes")
    assert data[:12] == VIDEO[:12]
    assert int(answer["Content-Length"]) == len(data) == len(VIDEO)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=5000-", 5000, len(VIDEO)), ("bytes=-10", len(VIDEO) - 10, len(VIDEO)),
     ("bytes=0-99999999", 0, len(VIDEO))],
)  # fmt: skip
def test_a_player_gets_the_part_that_it_asks_for(asked: str, start: int, end: int) -> None:
    name = video()
    answer = get(name, Range=asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{len(VIDEO)}"
    assert b"".join(answer.streaming_content) == b"".join(get(name).streaming_content)[start:end]


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_said(asked: str) -> None:
    answer = get(video(), Range=asked)
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(VIDEO)}"


@pytest.mark.parametrize("asked", ["bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=9-1"])
def test_a_wish_that_cannot_be_read_gets_all_of_it(asked: str) -> None:
    assert get(video(), Range=asked).status_code == 200
