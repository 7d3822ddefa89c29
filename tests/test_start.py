"""What a process loads when it starts: web, workers and commands start often, and many of them stand side by side."""

import subprocess
import sys

HEAVY = {"sklearn", "skops", "scipy.optimize", "scipy.special", "scipy.stats"}
STARTED = """
import sys
import steering.wsgi, steering.urls
from steering.celery import app
app.loader.import_default_modules()
print(*sys.modules)
"""


def test_what_learns_and_optimises_is_loaded_by_nobody_who_does_not_ask_for_it():
    started = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    loaded = set(started.stdout.split())
    assert "steering.planning" in loaded
    assert not loaded & HEAVY
