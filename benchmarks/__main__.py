"""Run every benchmark, or those named: `python -m benchmarks [NAME...]`. Each module has a `main()`."""

import importlib
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return [name for name in found if not name.startswith("_")]


def main(wanted: list[str]) -> int:
    if unknown := sorted(set(wanted) - set(names())):
        print(f"No benchmark is called {', '.join(unknown)}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    for name in wanted or names():
        print(f"== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
