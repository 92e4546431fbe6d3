#!/usr/bin/env python
"""Django's command line. The database is started or joined on first use; see baibuting/common/embedded_postgres.py."""

import os
import signal
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")
    # A terminated command must leave like any other, so that it gives back its share of the embedded server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
