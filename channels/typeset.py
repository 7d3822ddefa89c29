"""Content set on paper and pictures by typst. Content travels as JSON data that a template shows, never as markup."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from campaigns import assets, markdown
from campaigns.blocks import ContentError
from campaigns.markdown import Node

from . import black_ink, typeset_apart
from .compiled import MARK, Blocks, Brand, Fields, Marks

HERE = Path(__file__).parent
MOST_HERE = 20  # pages; starting a process takes longer than setting so few
OVERFLOW = re.compile(r"overflow: (needs [^\"]*)")
REFUSED = re.compile(r"refused: ([^\"]*)")
Json = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """A template, and the only files that it may read: its data as data.json, pictures, and what all templates share."""

    template: str  # below channels/
    data: Json
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    ahead: str = ""  # see typeset_apart

    def pdf(self, *, is_large: bool = False) -> bytes:
        """`is_large`: in a process of its own, whose memory ends with it. Raises ContentError for what does not fit."""
        with TemporaryDirectory(prefix="typeset-") as name:
            folder = Path(name)
            main, output = self._write(folder), folder / "output.pdf"
            paths = [str(main), name, str(output), *([str(folder / self.ahead)] if self.ahead else [])]
            if is_large:
                _compile_apart(paths)
            else:
                _compile_here(paths)
            made = output.read_bytes()
            return black_ink.written(made) if self.data.get("print") else made

    def png(self, ppi: float) -> bytes | list[bytes]:
        """The first page, or all of them where there are several."""
        with TemporaryDirectory(prefix="typeset-") as name:
            main = self._write(Path(name))
            try:
                if self.ahead:
                    pdf = typst.compile(main, root=name, sys_inputs={"ahead": "yes"}, **typeset_apart.OPTIONS)
                    (Path(name) / self.ahead).write_bytes(pdf)
                return typst.compile(main, root=name, format="png", ppi=ppi, **typeset_apart.OPTIONS)
            except typst.TypstError as error:
                raise _meaning(str(error)) or error from error

    def _write(self, folder: Path) -> Path:
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        (folder / "typeset.typ").write_bytes((HERE / "typeset.typ").read_bytes())
        (folder / "data.json").write_text(json.dumps(self.data))
        main = folder / "main.typ"
        main.write_bytes((HERE / self.template).read_bytes())
        return main


@dataclass(frozen=True)
class Sheet:
    """Content ready for a template: what is the same for everybody, and slots for each person."""

    template: str  # below channels/
    data: Json
    files: Mapping[str, bytes]
    marks: Marks = field(repr=False)

    def compile(self, people: Sequence[Json], *, picture_ppi: float | None = None) -> bytes:
        """A PDF of all pages, or a PNG of the first.

        `people` are the templates' own data with `values` from `values_for`. Raises ContentError for what does not fit.
        """
        document = Document(self.template, self.data | {"people": list(people)}, self.files)
        if picture_ppi is None:
            return document.pdf()
        pictures = document.png(picture_ppi)
        return pictures if isinstance(pictures, bytes) else pictures[0]

    def values_for(self, fields: Fields) -> list[str]:
        return [slot(fields) for slot in self.marks.slots]


def _compile_here(paths: Sequence[str]) -> None:
    try:
        typeset_apart.compile_pdf(*paths)
    except typst.TypstError as error:
        raise _meaning(str(error)) or error from error


def _compile_apart(paths: Sequence[str]) -> None:
    command = [sys.executable, typeset_apart.__file__, *paths]
    # Workers are as many as there are processors; more threads would only take memory.
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"RAYON_NUM_THREADS": "1"})
    if done.returncode == typeset_apart.REFUSED and (meaning := _meaning(done.stderr)):
        raise meaning
    if done.returncode:
        # What typst says may quote people.
        raise RuntimeError(f"typesetting ended with exit code {done.returncode}")


def _meaning(reason: str) -> ContentError | None:
    if found := OVERFLOW.search(reason):
        return ContentError("blocks", f"the text is too long for the page: it {found[1]}")
    found = REFUSED.search(reason)
    return ContentError("blocks", found[1]) if found else None


def sheet(template: str, blocks: Blocks, own: Brand, marks: Marks, **more: Any) -> Sheet:
    """Blocks as the template's data. `more` is what else the template wants to know."""
    files: dict[str, bytes] = {}
    nodes = [_block(block, marks, files) for block in blocks]
    return Sheet(template, {"brand": asdict(own), "blocks": nodes} | more, files, marks)


def runs(text: str) -> list[Json]:
    """A line of text with marks, as pieces of text and slots."""
    pieces = MARK.split(text)
    found = [{"t": piece} if n % 2 == 0 else {"s": int(piece)} for n, piece in enumerate(pieces)]
    return [one for one in found if one != {"t": ""}]


def slot_number(mark: str) -> int:
    return int(mark[1:-1])


def _block(block: Mapping[str, Any], marks: Marks, files: dict[str, bytes]) -> Json:
    only = marks.only_if(block)
    shown: Json = {"type": block["type"], "id": block["id"], "only": slot_number(only) if only else None}
    match block["type"]:
        case "headline":
            shown["text"] = runs(marks.text(block, "text"))
        case "text" | "legal_notice":
            shown["text"] = _flow(marks.text(block, "text"))
        case "call_to_action":
            shown["label"] = runs(marks.text(block, "label"))
        case "image":
            data = assets.read(block["source"], path=f"{block['id']}.source")
            shown["file"] = f"{hashlib.sha256(data).hexdigest()[:32]}.{assets.kind(data)}"
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
