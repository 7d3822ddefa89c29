"""The command; see the package."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .alone import alone, holder
from .client import CLOCK_MAY_DIFFER, Client, Refused
from .opening import Opener, of_age, of_openpgp, plain_only
from .work import Desk


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a job went wrong, and 3 if nothing more could be done; wrong options exit with 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    key = os.environ.get("VENDOR_KEY", "").strip()
    if not key or not key.isascii() or not key.isprintable():
        parser.error("the environment variable VENDOR_KEY must hold your key")
    if not options.url.startswith(("https://", "http://")):
        parser.error(f"--url must begin with https://, got {options.url}")
    if options.age_identity and not options.age_identity.is_file():
        parser.error(f"there is no file {options.age_identity}")
    client = Client(options.url, key, holder=options.holder or holder(options.folder))
    try:
        with alone(options.folder):
            wrong = _work(Desk(client, options.folder, _opener(options)), options)
    except (Refused, OSError) as error:
        _complain(f"cannot go on: {error}")
        return 3
    return 1 if wrong else 0


def _work(desk: Desk, options: argparse.Namespace) -> int:
    """Returns how many jobs went wrong."""
    wrong = desk.run(is_producing=options.produce)
    differs = desk.client.clock_differs
    if differs is not None and abs(differs) > CLOCK_MAY_DIFFER:
        _complain(f"the clock here is wrong by {abs(differs).total_seconds():.0f} s; the platform's was used")
    if options.clear:
        try:
            desk.clear()
        except Refused:  # it has said so
            wrong += 1
    return wrong


def _complain(what: str) -> None:
    print(f"vendor_client: {what}", file=sys.stderr)  # noqa: T201 - the command's output


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vendor_client", description="Take print jobs from the vendor API.")
    parser.add_argument("--url", required=True, help="of the platform, e.g. https://steering.example.com")
    parser.add_argument("--folder", required=True, type=Path, help="where files go: <folder>/<job>/<revision>/")
    parser.add_argument("--produce", action="store_true", help="also report production and posting")
    parser.add_argument("--clear", action="store_true", help="then destroy the files of jobs that are over, and say so")
    parser.add_argument(
        "--holder", default="", help="the name under which jobs are leased; made of host and folder unless told"
    )
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--age-identity", type=Path, metavar="FILE", help="opens files that are encrypted with age")
    keys.add_argument("--gpg", action="store_true", help="opens files that are encrypted with OpenPGP, by gpg")
    return parser


def _opener(options: argparse.Namespace) -> Opener:
    if options.age_identity:
        return of_age(options.age_identity)
    return of_openpgp() if options.gpg else plain_only


if __name__ == "__main__":
    sys.exit(main())
