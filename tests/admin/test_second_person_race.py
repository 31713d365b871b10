"""Two people approve the same change at the same time: it is made once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client as Browser

from apps.policies.models import Rule
from apps.servers.services import update_server
from apps.systemlog.models import LogEvent
from tests.admin.conftest import signed_in
from tests.admin.pressing import answer_of
from tests.admin.test_second_person import send
from tests.factories import TESTER, make_superuser
from tests.oauth.grants_fixture import make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def test_concurrent_approvals_apply_once(root: Browser) -> None:
    scene = make_world(token_format="opaque")
    update_server(actor=TESTER, server_id=scene.server.pk, second_person=True)
    review, place = send(scene, root)
    others = [signed_in(make_superuser(login=f"second{n}@example.com")) for n in range(4)]
    answers = [answer_of(one.get(place)) for one in others]
    barrier = Barrier(len(others))

    def approve(number: int) -> None:
        try:
            barrier.wait(timeout=30)
            others[number].post(place, answers[number])
        finally:
            connection.close()

    with ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(approve, range(len(others))))

    review.refresh_from_db()
    assert review.state == "APPROVED"
    assert Rule.objects.get(pk=scene.rule.pk).access_token_minutes == 30
    for name in ("oauth2.as.review.approve", "policy.rule.update"):
        assert LogEvent.objects.filter(event_type=name).count() == 1
