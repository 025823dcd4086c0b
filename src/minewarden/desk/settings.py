"""Django's settings. One file; what differs between installations comes from the environment."""

SECRET_KEY = "replaced-by-the-installation"  # noqa: S105
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
INSTALLED_APPS: list[str] = []
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
