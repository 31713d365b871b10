"""Small errands in an installation, in a process of its own: `python -m tests.faults.errand NAME
[NUMBER]` prints JSON. What a test asks for by name is a function here."""

import json
import os
import sys
from typing import Any
from uuid import uuid4

import django


def doomed(count: str) -> dict[str, Any]:
    """A user with so many living grants, deactivated: the job that follows."""
    from apps.directory.services import deactivate_user
    from apps.systemlog.models import RevocationJob
    from tests import factories

    user = _user_with_grants(int(count))
    deactivate_user(actor=factories.TESTER, user=user)
    job = RevocationJob.objects.get(object_id=user.pk)
    return {"user": user.pk, "job": job.pk}


def _user_with_grants(count: int) -> Any:
    from django.utils import timezone

    from apps.clients.models import Client
    from apps.clients.services import assign_user
    from apps.servers.models import AuthorizationServer, Installation
    from apps.tokens.models import Grant
    from apps.tokens.standing import dump_vector
    from authzsite.domain.revocation import Vector
    from tests import factories
    from tests.bench.revocation.world import fixed

    user = factories.make_user(login=f"{uuid4()}@example.com")
    server = AuthorizationServer.objects.exclude(is_organization=True).latest("created")
    client = Client.objects.filter(type="web").latest("created")
    path = f"u{assign_user(actor=factories.TESTER, client=client, user=user).pk}"
    installation = Installation.objects.get(pk=1).epoch
    vector = Vector(installation, server.epoch, client.epoch, user.epoch, (), (path,))
    shared = {"server_id": server.pk, "client_id": client.pk, "user_id": user.pk}
    shared |= {"vector": dump_vector(vector), **fixed(timezone.now())}
    rows = (
        Grant(refresh_digest=f"{uuid4().hex}{uuid4().hex}", family_key="00", **shared)
        for _ in range(count)
    )
    Grant.objects.bulk_create(rows, batch_size=5000)
    return user


def nudged(*job_ids: str) -> int:
    """Tell the workers of these jobs; how many messages the broker took."""
    from apps.systemlog.nudge import nudge

    return sum(nudge("apps.tokens.tasks.run_revocation_job", job_id) for job_id in job_ids)


def wanted(*names: str) -> None:
    """ "Run now" for these periodic jobs."""
    from apps.systemlog.jobs import want

    for name in names:
        want(name)


def sent(count: str, name: str) -> None:
    """So many messages of one periodic job, as from many beats."""
    from authzsite.celery import app

    app.finalize()
    for _ in range(int(count)):
        app.send_task(app.conf.beat_schedule[name]["task"])


def main(name: str, *arguments: str) -> None:
    """Run one and print what it returned."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authzsite.settings")
    os.umask(0o077)
    django.setup()
    print(json.dumps(globals()[name](*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
