"""The command; see the package."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .client import Client
from .opening import Opener, of_age, of_openpgp, plain_only
from .work import Desk


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 if a job went wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    key = os.environ.get("VENDOR_KEY", "")
    if not key:
        parser.error("the environment variable VENDOR_KEY must hold your key")
    client = Client(options.url, key, holder=options.holder)
    desk = Desk(client, options.folder, _opener(options))
    wrong = desk.run(is_producing=options.produce)
    if options.clear:
        desk.clear()
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vendor_client", description="Take print jobs from the vendor API.")
    parser.add_argument("--url", required=True, help="of the platform, e.g. https://steering.example.com")
    parser.add_argument("--folder", required=True, type=Path, help="where files go: <folder>/<job>/<revision>/")
    parser.add_argument("--produce", action="store_true", help="also report production and posting")
    parser.add_argument("--clear", action="store_true", help="then destroy the files of jobs that are over, and say so")
    parser.add_argument(
        "--holder", default="", help="the name under which jobs are leased; host and process unless told"
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
