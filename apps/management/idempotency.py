"""`Idempotency-Key` on a POST: the same call again gets the same answer, and does nothing.

The row is written first, in the transaction of the call, so that a second one that runs beside it
waits and then finds the answer. A call that is refused leaves no row. The answer may hold a secret,
so it is sealed; what is stored of key and body are digests.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse

from apps.directory.sealing import seal, unseal
from apps.management.respond import answer
from authzsite.domain.tokens import digest

KEPT: Final = timedelta(days=1)
MAX_KEY_LENGTH: Final = 255
HEADER: Final = "HTTP_IDEMPOTENCY_KEY"
REPLAYED: Final = {"Idempotent-Replayed": "true"}


class IdempotentCall(models.Model):
    """A call that was made with a key, and its answer once there is one."""

    digest = models.CharField(primary_key=True, max_length=64)  # of credential, path and key
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    sealed_answer = models.BinaryField(null=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"…{self.digest[-4:]}"


class KeyReused(Exception):  # noqa: N818 - the name of a state
    """The key was used for another body."""


def once(
    request: HttpRequest, credential: str, now: datetime, call: Callable[[], HttpResponse]
) -> HttpResponse:
    """The call's answer, of now or of the first time. Raises KeyReused, and what the call does."""
    key = request.META[HEADER]
    name = digest("idempotency", f"{credential} {request.path_info} {key}")
    body = digest("idempotency body", request.body.decode("utf-8", "surrogateescape"))
    context = f"idempotent call {name}".encode()
    with transaction.atomic():
        row, is_new = IdempotentCall.objects.get_or_create(
            digest=name, defaults={"body_digest": body, "expires_at": now + KEPT}
        )
        if not is_new and row.body_digest != body:
            raise KeyReused
        if not is_new and row.sealed_answer is not None:
            return _again(row, context)
        response = call()
        IdempotentCall.objects.filter(pk=name).update(
            status=response.status_code, sealed_answer=seal(_packed(response), context)
        )
    return response


def _packed(response: HttpResponse) -> bytes:
    headers = {k: v for k, v in response.headers.items() if k in {"Location", "ETag"}}
    return json.dumps([headers, response.content.decode()]).encode()


def _again(row: IdempotentCall, context: bytes) -> HttpResponse:
    headers, text = json.loads(unseal(bytes(row.sealed_answer or b""), context))
    body: Any = json.loads(text) if text else None
    return answer(body, row.status, {**headers, **REPLAYED})
