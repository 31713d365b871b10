"""The same sweep and the same deletions by django-oauth-toolkit, for comparison.

A process of its own: `python -m tests.bench.revocation.toolkit`. It prints a line of JSON when it
begins a piece of work and one when that is done: whoever reads it may lose patience.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.revocation.toolkit_settings"


@dataclass
class Work:
    """One piece of work: seconds in all (0 before it is done), the longest statement in
    milliseconds, and the most memory that the process has had, in MiB."""

    title: str
    rows: int
    seconds: float = 0.0
    longest: float = 0.0
    memory: float = 0.0


@contextmanager
def timed(work: Work) -> Iterator[None]:
    """Fill in the times."""

    def watch(execute: Callable[..., Any], *args: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*args)
        finally:
            work.longest = max(work.longest, (time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    with connection.execute_wrapper(watch):
        yield
    work.seconds = time.perf_counter() - began


SEED = """
INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff,
    is_active, date_joined)
  SELECT '!', false, 'user' || n, '', '', '', false, true, now() FROM generate_series(1, {users}) n;
INSERT INTO oauth2_provider_application (name, client_id, client_secret, hash_client_secret,
    client_type, authorization_grant_type, redirect_uris, post_logout_redirect_uris,
    allowed_origins, algorithm, skip_authorization, registration_source, created, updated)
  SELECT 'app ' || n, 'app' || n, '', true, 'public', 'authorization-code', '', '', '', '', false,
    'manual', now(), now() FROM generate_series(1, {clients}) n;
INSERT INTO oauth2_provider_accesstoken (token, token_checksum, expires, scope, application_id,
    user_id, resource, created, updated)
  SELECT 'a' || n, encode(sha256(('a' || n)::bytea), 'hex'),
    now() + CASE WHEN n <= {tokens} THEN interval '1 hour' ELSE interval '-40 days' END, 'read',
    (SELECT min(id) FROM oauth2_provider_application)
      + CASE WHEN n <= {tokens} / 2 THEN 0 ELSE n % {clients} END,
    (SELECT min(id) FROM auth_user) + n % {users}, '[]', now() - interval '50 days', now()
  FROM generate_series(1, {tokens} * 2) n;
INSERT INTO oauth2_provider_refreshtoken (token, token_checksum, application_id, user_id,
    access_token_id, resource, created, updated)
  SELECT 'r' || id, encode(sha256(('r' || id)::bytea), 'hex'), application_id, user_id, id, '[]',
    now() - interval '50 days', now() FROM oauth2_provider_accesstoken;
ANALYZE;
"""


def seed(tokens: int) -> None:
    """As many living tokens, and as many whose time is over."""
    size = {"users": max(10, tokens // 5), "clients": 200, "tokens": tokens}
    with connection.cursor() as cursor:
        cursor.execute(SEED.format(**size))


def main(tokens: int) -> None:
    """Seed, delete, sweep."""
    django.setup()
    call_command("migrate", verbosity=0)
    seed(tokens)
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application, RefreshToken, clear_expired

    user = User.objects.earliest("id")
    deletion = Work("a user deleted", RefreshToken.objects.filter(user_id=user.pk).count())
    carry_out(deletion, user.delete)
    application = Application.objects.earliest("id")
    removal = Work("a client deleted", RefreshToken.objects.filter(application=application).count())
    carry_out(removal, application.delete)
    carry_out(Work("a sweep of expired tokens", tokens), clear_expired)


def carry_out(work: Work, act: Callable[[], Any]) -> None:
    """Do it, and say so before and after."""
    print(json.dumps(asdict(work)), flush=True)
    with timed(work):
        act()
    work.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(asdict(work)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
