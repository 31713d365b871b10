"""A project around django-oauth-toolkit, with its own migrations and its own way to make rows: run
as a process of its own, `python -m tests.management.toolkit_project DATABASE JSON`.
"""

import hashlib
import json
import sys
from datetime import timedelta
from typing import Any


def main(database: str, world: dict[str, Any]) -> None:
    """Migrate an empty database, then make what the world says, by the toolkit's models."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="only-for-a-test",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        DATABASES={"default": _database(database)},
        PASSWORD_HASHERS=[world["hasher"]],
        OAUTH2_PROVIDER={},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(world)


def _database(place: str) -> dict[str, Any]:
    if not place.startswith("postgresql://"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": place}
    from authzsite.databases import postgresql

    return postgresql(place, pool_size=1)


def _fill(world: dict[str, Any]) -> None:
    from django.contrib.auth.models import User
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application, RefreshToken

    for name in world["users"]:
        User.objects.create(username=name, email=name)
    for application in world["applications"]:
        Application.objects.create(**application)
    for number, token in enumerate(world["tokens"]):
        application = Application.objects.get(client_id=token["client_id"])
        user = User.objects.get(username=token["user"])
        access = AccessToken.objects.create(
            user=user,
            application=application,
            token=f"access{number}",
            scope=token["scope"],
            expires=timezone.now() + timedelta(hours=1),
        )
        row = RefreshToken.objects.create(
            user=user, application=application, token=token["text"], access_token=access
        )
        changes: dict[str, Any] = {}
        if token.get("redacted"):  # as the toolkit keeps it where it stores no tokens
            print_ = hashlib.sha256(token["text"].encode()).hexdigest()
            changes = {"token": "", "token_checksum": print_}
        if token.get("revoked"):
            changes["revoked"] = timezone.now()
        if "days_old" in token:
            changes["created"] = timezone.now() - timedelta(days=token["days_old"])
        RefreshToken.objects.filter(pk=row.pk).update(**changes or {"token": token["text"]})


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
