"""The smallest project around django-oauth-toolkit that can hold tokens."""

import os

from authzsite.databases import postgresql

SECRET_KEY = "only-for-a-benchmark"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "oauth2_provider",
]
DATABASES = {"default": postgresql(os.environ["TOOLKIT_DATABASE_URL"], pool_size=4)}
DATABASES["default"]["OPTIONS"]["options"] = ""  # its clean-up needs more than our limits allow
OAUTH2_PROVIDER = {"REFRESH_TOKEN_EXPIRE_SECONDS": 7 * 86400}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
