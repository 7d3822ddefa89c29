"""manage.py generate_population: a synthetic population whose response to every channel is known, but not to the product."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from steering.population import settling, trials
from steering.population.generate import generate
from steering.population.write import PopulationError


class Command(BaseCommand):
    help = "Generate a synthetic population with a documented ground truth (steering/population/README.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=1, help="Same seed, customers and day: same population")
        parser.add_argument("--as-of", type=date.fromisoformat, help="Day before which their history ends (UTC); today")

        parser.add_argument(
            "--trial-waves",
            type=int,
            default=0,
            help=f"Randomised waves of the past, of which the platform can learn; at most {trials.MOST_WAVES}",
        )

        parser.add_argument(
            "--duplicates",
            type=float,
            default=0.0,
            metavar="SHARE",
            help="Share of customers of whom there is a second record, written differently; who they are goes to a file",
        )

        parser.add_argument(
            "--newcomers",
            action="store_true",
            help="People beside the population who became customers in the weeks after the trial waves, some by leaflets",
        )

    def handle(self, *, customers: int, seed: int, as_of: date | None, trial_waves: int, **options: Any) -> None:
        if seed < 0:
            raise CommandError(f"--seed must not be negative, got {seed}")

        def progress(written: int) -> None:
            self.stdout.write(f"{written:,} of {customers:,} customers")

        try:
            made = generate(
                customers=customers,
                seed=seed,
                as_of_on=as_of or timezone.now().date(),
                trial_waves=trial_waves,
                duplicates=options["duplicates"],
                progress=progress,
            )
        except PopulationError as error:
            raise CommandError(str(error)) from error
        if options["newcomers"]:
            _, came = settling.settle(customers=customers, seed=seed)
            self.stdout.write(f"newcomers: {came:,}")
        for table, count in made.rows.items():
            self.stdout.write(f"{table.removeprefix('campaigns_')}: {count:,}")
        self.stdout.write(f"the truth: {made.truth}")
        if made.duplicates:
            self.stdout.write(f"who is in it twice: {made.duplicates}")
