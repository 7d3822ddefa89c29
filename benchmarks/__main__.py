"""Run every benchmark, or those named: `python -m benchmarks [NAME...] [--json]`. Each module's `main()` returns its result."""

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks import _report


def names() -> list[str]:
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return [name for name in found if not name.startswith("_")]


def main(arguments: list[str]) -> int:
    asked = _asked(arguments)
    if unknown := sorted(set(asked.names) - set(names())):
        print(f"No benchmark is called {', '.join(unknown)}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    for name in asked.names or names():
        print(f"== {name}", flush=True)
        result = importlib.import_module(f"benchmarks.{name}").main()
        if asked.json:
            _report.flush()
            print(result.as_json(), flush=True)
    return 0


def _asked(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Each prints a table with its floor.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names())}; all without any")
    parser.add_argument(
        "--json", action="store_true", help="end each with one line of JSON: benchmark, figures, floors"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
