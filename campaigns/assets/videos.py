"""Videos as players and connected TV take them: MP4 with H.264, judged by their boxes, without notes of place and camera.

The boxes are those of ISO/IEC 14496-12 (files), -14 (MP4) and -15 (H.264 in them). What is needed is a dozen fields, and
the libraries for it are either unmaintained or bring a whole decoder for hostile files to attack.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ..content_error import ContentError
from .sources import LARGEST_VIDEO

BRANDS = frozenset([b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VP"])
MOST_BOXES = 2000
NOTES = (b"udta", b"meta", b"uuid", b"free", b"skip", b"wide")  # where place, camera and author are noted
CODECS = {b"hvc1": "H.265", b"hev1": "H.265", b"av01": "AV1", b"vp09": "VP9", b"mp4v": "MPEG-4 part 2"}


@dataclass(frozen=True)
class Video:
    """An MP4 file; `width` and `height` in pixels as it is shown, upright."""

    data: bytes
    width: int
    height: int
    seconds: float


@dataclass(frozen=True)
class Box:
    name: bytes
    box: int  # where it begins
    start: int  # where its content begins
    end: int


@dataclass(frozen=True)
class Track:
    kind: bytes
    codec: bytes
    width: int
    height: int


def clean(data: bytes, *, path: str = "video") -> Video:
    """Raises ContentError with the reason for what is no MP4 with H.264 (and AAC), is broken, or is too large."""
    if len(data) > LARGEST_VIDEO:
        raise ContentError(path, f"is larger than {LARGEST_VIDEO // 1024 // 1024} MB")
    try:
        return _clean(bytearray(data))
    except (struct.error, IndexError, StopIteration) as error:
        raise ContentError(path, "is broken or ends too early") from error
    except NotShown as error:
        raise ContentError(path, str(error)) from error


class NotShown(Exception):  # noqa: N818 - a reason, not an error of ours
    """Why players would not show it."""


def _clean(data: bytearray) -> Video:
    boxes = list(_boxes(data, 0, len(data)))
    _check_brand(data, boxes)
    movie = _one(boxes, b"moov")
    inside = list(_boxes(data, movie.start, movie.end))
    if any(box.name == b"mvex" for box in inside):
        raise NotShown("is an MP4 in fragments, for streaming; export it as one file")
    if not any(box.name == b"mdat" and box.end > box.start for box in boxes):
        raise NotShown("is broken or ends too early")
    seconds = _seconds(data, _one(inside, b"mvhd"))
    tracks = [_track(data, box) for box in inside if box.name == b"trak"]
    shown = _picture(tracks)
    _strip(data, boxes, inside)
    return Video(bytes(data), shown.width, shown.height, seconds)


def _boxes(data: bytearray, start: int, end: int) -> Iterator[Box]:
    """Those that lie directly in this part. A box may not reach beyond it."""
    for _ in range(MOST_BOXES):
        if start == end:
            return
        size, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, start + 8), 16
        size = end - start if size == 0 else size
        if size < head or start + size > end:
            break
        yield Box(bytes(name), start, start + head, start + size)
        start += size
    raise NotShown("is broken or ends too early")


def _one(boxes: list[Box], name: bytes) -> Box:
    found = [box for box in boxes if box.name == name]
    if len(found) != 1:
        raise NotShown("is broken or ends too early")
    return found[0]


def _within(data: bytearray, box: Box, *names: bytes) -> Box:
    for name in names:
        box = _one(list(_boxes(data, box.start, box.end)), name)
    return box


def _check_brand(data: bytearray, boxes: list[Box]) -> None:
    if not boxes or boxes[0].name != b"ftyp":
        raise NotShown("is no MP4 video, whatever its name says")
    said = bytes(data[boxes[0].start : boxes[0].end])
    if not BRANDS & {said[:4], *(said[at : at + 4] for at in range(8, len(said), 4))}:
        raise NotShown("is no MP4 video but another kind of the same family, such as QuickTime; export it as MP4")


def _seconds(data: bytearray, header: Box) -> float:
    """mvhd has its times in 32 or, from version 1, in 64 bits."""
    layout, at = (">IQ", 20) if data[header.start] == 1 else (">II", 12)
    scale, length = struct.unpack_from(layout, data, header.start + at)
    if not (scale and length):
        raise NotShown("says nothing about how long it lasts")
    return round(length / scale, 3)


def _track(data: bytearray, box: Box) -> Track:
    media = _within(data, box, b"mdia")
    handler = _within(data, media, b"hdlr")
    kind = bytes(data[handler.start + 8 : handler.start + 12])
    table = _within(data, media, b"minf", b"stbl")
    described = _within(data, table, b"stsd")
    entry = next(_boxes(data, described.start + 8, described.end))
    if kind != b"vide":
        return Track(kind, entry.name, 0, 0)
    if entry.name in (b"avc1", b"avc3"):
        _check_h264(data, entry)
    _check_chunks(data, table)
    return Track(kind, entry.name, *_shown_size(data, _within(data, box, b"tkhd"), entry))


def _check_h264(data: bytearray, entry: Box) -> None:
    """ISO/IEC 14496-15: what the decoder needs to know stands in avcC, version 1, behind 78 bytes of the entry."""
    settings = _within(data, Box(entry.name, entry.box, entry.start + 78, entry.end), b"avcC")
    if data[settings.start] != 1 or settings.end - settings.start < 7:
        raise NotShown("is broken: it does not say how its H.264 is to be read")


def _check_chunks(data: bytearray, table: Box) -> None:
    """Every piece of the picture begins inside the file."""
    found = {box.name: box for box in _boxes(data, table.start, table.end)}
    box, width = (found[b"co64"], 8) if b"co64" in found else (found.get(b"stco"), 4)
    if box is None:
        raise NotShown("is broken or ends too early")
    (count,) = struct.unpack_from(">I", data, box.start + 4)
    if not count or box.start + 8 + count * width > box.end:
        raise NotShown("is broken or ends too early")
    offsets = struct.unpack_from(f">{count}{'Q' if width == 8 else 'I'}", data, box.start + 8)
    if max(offsets) >= len(data):
        raise NotShown("is broken or ends too early")


def _shown_size(data: bytearray, header: Box, entry: Box) -> tuple[int, int]:
    """Of the track's header, in 16.16 bits and turned by its matrix; the pixels of the entry where it says nothing."""
    at = header.start + (52 if data[header.start] == 1 else 40)
    a, b = struct.unpack_from(">ii", data, at)
    width, height = (edge >> 16 for edge in struct.unpack_from(">II", data, at + 36))
    if not (width and height):
        width, height = struct.unpack_from(">HH", data, entry.start + 24)
    if not (width and height):
        raise NotShown("says nothing about its size")
    return (height, width) if a == 0 and b != 0 else (width, height)


def _picture(tracks: list[Track]) -> Track:
    pictures = [track for track in tracks if track.kind == b"vide"]
    if len(pictures) != 1:
        raise NotShown(f"must have one picture track, got {len(pictures)}")
    for track in tracks:
        _check_codec(track)
    return pictures[0]


def _check_codec(track: Track) -> None:
    if track.kind == b"vide" and track.codec not in (b"avc1", b"avc3"):
        name = CODECS.get(track.codec, "another codec")
        raise NotShown(f"holds {name}; players and connected TV show H.264, so export it as that")
    if track.kind == b"soun" and track.codec != b"mp4a":
        raise NotShown("has sound that is not AAC; export it with AAC")
    if track.kind not in (b"vide", b"soun"):
        raise NotShown("has a track that is neither picture nor sound, such as positions; export it without")


def _strip(data: bytearray, boxes: list[Box], inside: list[Box]) -> None:
    """Notes become empty space of the same length, so that nothing that follows moves."""
    tracks = [box for box in inside if box.name == b"trak"]
    deeper = [box for track in tracks for box in _boxes(data, track.start, track.end)]
    for box in (*boxes, *inside, *deeper):
        if box.name in NOTES:
            data[box.start : box.end] = bytes(box.end - box.start)
            data[box.box + 4 : box.box + 8] = b"free"
