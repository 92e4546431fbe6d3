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
    from django.db.utils import ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as failure:
        if type(failure.__cause__).__name__ != "UndefinedTable":
            raise
        sys.exit(no_tables())


def no_tables() -> str:
    """Return what to do where the database of the data folder has no tables: mostly it is not the folder that was meant."""
    from django.conf import settings

    return (
        f"数据目录 {settings.HOME} 里的数据库还没有建好表，什么也没有写入。\n"
        "如果 make run 用了别的 BAIBUTING_HOME，请带上同样的设置再运行，如：BAIBUTING_HOME=/data manage.py …\n"
        "如果是第一次用，请先运行 make run，或 manage.py migrate。"
    )


if __name__ == "__main__":
    main()
