"""The WSGI application that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from baibuting.common.patient_backend.base import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

application = get_wsgi_application()
limit_statements(
    seconds=settings.WEB_STATEMENT_TIMEOUT, idle_seconds=settings.WEB_IDLE_IN_TRANSACTION_TIMEOUT
)
