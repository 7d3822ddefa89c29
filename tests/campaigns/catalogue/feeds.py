"""Feeds for tests: files, and products that came from one."""

import json
from pathlib import Path

from campaigns import catalogue

TABLE = {"id": "4711", "title": "Tisch Robinie", "price": "1349.00 EUR", "availability": "in_stock"}


def feed(folder: Path, *rows: dict, name: str = "feed.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(TABLE | row) + "\n" for row in rows), encoding="utf-8")
    return path


def take(folder: Path, *rows: dict, **options) -> catalogue.Imported:
    return catalogue.read(feed(folder, *rows), **options)
