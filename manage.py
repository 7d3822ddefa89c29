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

    if len(sys.argv) > 1 and sys.argv[1] not in NEEDS_NO_SERVICES:
        ensure_services()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
