"""Content set on paper and pictures by typst. Content travels as JSON data that a template shows, never as markup."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import segno
import typst

from campaigns import assets, markdown
from campaigns.blocks import ContentError
from campaigns.markdown import Node

from . import typeset_apart
from .compiled import MARK, Blocks, Brand, Fields, Marks

HERE = Path(__file__).parent
QUIET_ZONE = 4  # modules around a QR code, ISO/IEC 18004
MOST_HERE = 20  # people; starting a process takes longer than setting so few
OVERFLOW = re.compile(r"overflow: (needs [^\"]*)")
Json = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """Content ready for a template: what is the same for everybody, and slots for each person."""

    template: str  # below channels/
    data: Json
    files: Mapping[str, bytes]
    marks: Marks = field(repr=False)

    def compile(self, people: Sequence[Json], *, picture_ppi: float | None = None) -> bytes:
        """A PDF with a page a person, or a PNG of the first page.

        `people` are the templates' own data with `values` from `values_for`. Raises ContentError for what does not fit.
        """
        with TemporaryDirectory(prefix="typeset-") as folder:
            main = self._write(Path(folder), people)
            if picture_ppi is None and len(people) > MOST_HERE:
                return _compile_apart(main)
            try:
                return typst.compile(
                    main,
                    root=folder,
                    format="pdf" if picture_ppi is None else "png",
                    ppi=picture_ppi,
                    **typeset_apart.OPTIONS,
                )
            except typst.TypstError as error:
                raise _meaning(str(error)) or error from error

    def _write(self, folder: Path, people: Sequence[Json]) -> Path:
        """Templates read nothing but what is in this folder."""
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        (folder / "typeset.typ").write_bytes((HERE / "typeset.typ").read_bytes())
        (folder / "data.json").write_text(json.dumps(self.data | {"people": list(people)}))
        main = folder / "main.typ"
        main.write_bytes((HERE / self.template).read_bytes())
        return main

    def values_for(self, fields: Fields) -> list[str]:
        return [slot(fields) for slot in self.marks.slots]


def _compile_apart(main: Path) -> bytes:
    """In a process of its own, whose memory ends with it."""
    output = main.with_name("letters.pdf")
    command = [sys.executable, typeset_apart.__file__, main, main.parent, output]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return output.read_bytes()
    if done.returncode == typeset_apart.REFUSED and (meaning := _meaning(done.stderr)):
        raise meaning
    # What typst says may quote people.
    raise RuntimeError(f"typesetting ended with exit code {done.returncode}")


def _meaning(reason: str) -> ContentError | None:
    found = OVERFLOW.search(reason)
    return ContentError("blocks", f"the text is too long for the page: it {found[1]}") if found else None


def sheet(template: str, blocks: Blocks, own: Brand, marks: Marks, **more: Any) -> Sheet:
    """Blocks as the template's data. `more` is what else the template wants to know."""
    files: dict[str, bytes] = {}
    nodes = [_block(block, marks, files) for block in blocks]
    return Sheet(template, {"brand": asdict(own), "blocks": nodes} | more, files, marks)


def qr(link: str) -> str:
    """A QR code as SVG, with its quiet zone. Level M still reads with 15 % of it spoiled."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, border=QUIET_ZONE, omitsize=True, light="#fff"
    )
    return out.getvalue().decode()


def runs(text: str) -> list[Json]:
    """A line of text with marks, as pieces of text and slots."""
    pieces = MARK.split(text)
    found = [{"t": piece} if n % 2 == 0 else {"s": int(piece)} for n, piece in enumerate(pieces)]
    return [one for one in found if one != {"t": ""}]


def slot_number(mark: str) -> int:
    return int(mark[1:-1])


def _block(block: Mapping[str, Any], marks: Marks, files: dict[str, bytes]) -> Json:
    shown: Json = {"type": block["type"], "id": block["id"]}
    match block["type"]:
        case "headline":
            shown["text"] = runs(marks.text(block, "text"))
        case "text" | "legal_notice":
            shown["text"] = _flow(marks.text(block, "text"))
        case "call_to_action":
            shown["label"] = runs(marks.text(block, "label"))
        case "image":
            data = assets.read(block["source"], path=f"{block['id']}.source")
            shown["file"] = f"{block['id']}.{assets.kind(data)}"
            shown["alt"] = block["alt"]
            files[shown["file"]] = data
        case "offer":
            shown |= _offer(block, marks)
    return shown


def _offer(block: Mapping[str, Any], marks: Marks) -> Json:
    coupon, until = marks.coupon(block), marks.valid_until(block)
    return {
        "title": runs(marks.text(block, "title")),
        "text": _flow(marks.text(block, "text")),
        "code": slot_number(marks.raw(coupon)) if coupon else None,
        "until": slot_number(marks.raw(until)) if until else None,
    }


def _flow(text: str) -> list[Json]:
    return [_node(node) for node in markdown.parse(text)]


def _node(node: Node) -> Json:
    children = [piece for child in node.children for piece in _pieces(child)]
    return {"k": node.kind, "c": children} | ({"ordered": node.is_ordered} if node.kind == "list" else {})


def _pieces(node: Node) -> list[Json]:
    """Paper cannot be clicked, so a link shows where it leads behind its text."""
    if node.kind == "text":
        return runs(node.text)
    shown = _node(node)
    if node.kind == "link" and node.href not in "".join(child.text for child in node.children):
        shown["c"].append({"t": f" ({re.sub('^(https?://|mailto:)', '', node.href)})"})
    return [shown]
