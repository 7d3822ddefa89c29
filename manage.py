#!/usr/bin/env python
"""Django's command line."""

import os
import sys

# These work without a database, so they start none.
NEEDS_NO_SERVICES = {"check", "collectstatic", "help", "spectacular", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steering.settings")
    from django.core.management import execute_from_command_line

    from steering.services import ensure_services

    if sys.argv[1:2] == ["doctor"]:
        refuse_settings_in_words()
    if len(sys.argv) > 1 and sys.argv[1] not in NEEDS_NO_SERVICES:
        ensure_services()
    execute_from_command_line(sys.argv)


def refuse_settings_in_words() -> None:
    """The doctor is asked because something is wrong, and that may be the settings themselves."""
    from django.conf import settings

    try:
        _ = settings.DEBUG
    except Exception as error:  # noqa: BLE001 - a number that is none raises another one than a secret that is missing
        sys.stdout.write(f"PROBLEM  environment: {error}\n")
        sys.stdout.write("         mend: docs/operations.md tells each variable, under The environment\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
