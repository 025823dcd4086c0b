"""The desk for WSGI servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minewarden.desk.settings")
application = get_wsgi_application()
