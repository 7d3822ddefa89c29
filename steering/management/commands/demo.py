"""manage.py demo: a campaign planned, steered, sent through five channels, answered, measured and learned from."""

import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from steering.demo import own_data, story
from steering.demo.errors import DemoError
from steering.processes import StartError

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Show the whole platform at work on made-up people; exits with 1 and says why when a promise is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=20_000, help="Size of the synthetic population")
        parser.add_argument("--data", type=Path, help="The Hillstrom file; then all of its customers take part")
        parser.add_argument(
            "--empty",
            action="store_true",
            help="Also delete campaigns, contents, audiences and vendors that no demo made",
        )

    def handle(self, *, customers: int, data: Path | None, empty: bool, **_: Any) -> None:
        for signal_number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_number, signal.default_int_handler)
        try:
            own_data.refuse_foreign_services()
            story.tell(story.Options(customers, data, empty), self._say)
        except (DemoError, StartError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stderr.write("Interrupted; everything that the demo started has ended")
            sys.exit(INTERRUPTED)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
