"""The desk for WSGI servers."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minewarden.desk.settings")
application = get_wsgi_application()
# Every page's code is loaded before the first request, not during it; and as all of that stays, the search for garbage
# leaves it out. A page of thousands of rows would else look half a million objects through several times.
get_resolver().url_patterns  # noqa: B018  # Reading them is what loads them.
gc.collect()
gc.freeze()
gc.set_threshold(50_000)
