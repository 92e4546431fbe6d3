"""The WSGI application that gunicorn serves; loaded once, before its processes are forked (--preload)."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from baibuting.common.patient_backend.base import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

application = get_wsgi_application()
limit_statements(
    seconds=settings.WEB_STATEMENT_TIMEOUT, idle_seconds=settings.WEB_IDLE_IN_TRANSACTION_TIMEOUT
)
# What was loaded stays: the collector of a forked process need not write to its pages, which would copy them.
gc.collect()
gc.freeze()
