"""A Python that has other libraries to compare with, apart from the platform's own; made once."""

import subprocess
import sys
from pathlib import Path

from steering import embedded

HERE = Path(__file__).resolve().parent


def python_with(name: str) -> str:
    """Its path; it has what benchmarks/requirements-<name>.txt names. Raises CalledProcessError where that cannot be had."""
    folder = embedded.places().var / "benchmarks" / f"{name}-peers"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        command = [python, "-m", "pip", "install", "--quiet", "-r", HERE / f"requirements-{name}.txt"]
        subprocess.run(command, check=True)
        done.touch()
    return str(python)
