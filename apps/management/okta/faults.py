"""From what services, serializers and the framework raise to Okta's error body."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf

from apps.clients.services.guard import REFUSAL as LOCK_OUT
from apps.directory.services.administrators import LAST_SUPERUSER
from apps.management.exceptions import Refusal, crowded
from apps.management.respond import answer
from apps.servers.services.second_person import NEEDED, WORDS, SecondPersonNeeded
from apps.servers.services.tested import FAIL, PolicyTestsFail
from apps.systemlog.context import current
from apps.systemlog.units import is_crowded
from apps.tokens import clock
from authzsite.domain.validation import Invalid, InvalidError
from authzsite.domain.vocabulary import INVALID_TOKEN

INVALID_SESSION: Final = "Invalid token provided"
SUMMARIES: Final = {
    "E0000001": "Api validation failed",
    "E0000003": "The request body was not well-formed.",
    "E0000006": "You do not have permission to perform the requested action",
    "E0000007": "Not found: Resource not found",
    "E0000008": "The requested path was not found",
    "E0000009": "Internal Server Error",
    "E0000010": "Service is in read only mode",
    "E0000011": INVALID_SESSION,
    "E0000021": "Bad request. Content-Type and Accept headers are not supported.",
    "E0000022": "The endpoint does not support the provided HTTP method",
    "E0000047": "API call exceeded rate limit due to too many requests.",
    "E0000195": "The state of the resource does not allow the request.",
}
BY_STATUS: Final = {
    400: "E0000003",
    401: "E0000011",
    403: "E0000006",
    404: "E0000008",
    405: "E0000022",
    409: "E0000195",
    412: "E0000195",
    413: "E0000003",
    415: "E0000021",
    429: "E0000047",
    503: "E0000010",
}
LOCK_OUTS: Final = frozenset({LOCK_OUT, LAST_SUPERUSER})  # nobody could manage any more (R23)
TESTS_FAIL: Final = "The change would make policy tests fail; force=true makes it all the same."


class Fault(Refusal):
    """A call that is refused in Okta's words: a code, a summary, and a list of causes."""

    def __init__(
        self,
        status: int,
        code: str,
        summary: str = "",
        causes: Iterable[str] = (),
        *,
        reason: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        text = summary or SUMMARIES.get(code, "")
        super().__init__(status, text, reason=reason or code, headers=headers)
        self.code = code
        self.causes = tuple(causes)

    @property
    def body(self) -> dict[str, Any]:
        """As Okta writes it; the id is the reference that opens the log (R25)."""
        return {
            "errorCode": self.code,
            "errorSummary": self.text,
            "errorLink": self.code,
            "errorId": f"oae{current().reference}",
            "errorCauses": [{"errorSummary": cause} for cause in self.causes],
        }


def missing(ident: str, kind: str) -> Fault:
    """404, the same for what doesn't exist and for what isn't the caller's (rows 258, 281). `kind`:
    `AuthorizationServer`, `OAuth2Scope`, …."""
    return Fault(404, "E0000007", f"Not found: Resource not found: {ident[:100]} ({kind})")


def invalid(where: str, *causes: str) -> Fault:
    """400 E0000001 for a member, or a parameter, that won't do."""
    return Fault(400, "E0000001", f"Api validation failed: {where}", causes)


def forbidden(reason: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """403 E0000006."""
    return Fault(403, "E0000006", reason=reason or "E0000006", headers=headers)


def fault_of(error: Exception, names: Mapping[str, str]) -> Fault | None:
    """The fault that an exception amounts to; None for one that nobody foresaw. `names`: what the
    wire calls the fields of the services."""
    match error:
        case Fault():
            return error
        case Refusal():
            code = BY_STATUS.get(error.status, "E0000001")
            return Fault(
                error.status, code, causes=(error.text,), reason=error.reason, headers=error.headers
            )
        case SecondPersonNeeded():
            return Fault(409, "E0000195", f"The server {WORDS}.", reason=NEEDED)
        case PolicyTestsFail():
            return Fault(409, "E0000195", TESTS_FAIL, error.failures, reason=FAIL)
        case InvalidError():
            return _invalid(error.problems, names)
        case DatabaseError() if is_crowded(error):
            return _crowded(crowded())
        case drf.ValidationError():
            return _unreadable(error)
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            challenge = getattr(error, "auth_header", None) or "Bearer"
            headers = {"WWW-Authenticate": challenge}
            return Fault(401, "E0000011", reason=INVALID_TOKEN, headers=headers)
        case drf.PermissionDenied():
            return forbidden()
        case Http404() | drf.NotFound() | ObjectDoesNotExist():
            return Fault(404, "E0000007")
        case drf.APIException():
            return Fault(error.status_code, BY_STATUS.get(error.status_code, "E0000001"))
    return None


def answer_fault(fault: Fault) -> HttpResponse:
    """The fault as an answer."""
    return answer(fault.body, fault.status, fault.headers)


def _crowded(refusal: Refusal) -> Fault:
    """The last header tells Okta's SDKs when to come back: not only in the next minute."""
    reset = {"X-Rate-Limit-Reset": str(int(clock.now().timestamp()) + 1)}
    headers = refusal.headers | reset
    return Fault(429, "E0000047", causes=(refusal.text,), reason=refusal.reason, headers=headers)


def _invalid(problems: Iterable[Invalid], names: Mapping[str, str]) -> Fault:
    problems = list(problems)
    if any(one.message in LOCK_OUTS for one in problems):  # row 273
        return Fault(409, "E0000195", causes=[f"{one.field} {one.message}" for one in problems])
    found = [(names.get(one.field, one.field), one) for one in problems]
    return invalid(found[0][0], *(f"{name}: {sentence(one)}" for name, one in found))


def sentence(problem: Invalid) -> str:
    """The problem with its limit, as far as the message doesn't name it."""
    if problem.message == "is already in use":
        return "An object with this field already exists in the current organization"
    numbers = problem.limit if isinstance(problem.limit, tuple) else (problem.limit,)
    is_told = all(number is None or str(number) in problem.message for number in numbers)
    limit = "" if is_told else f" (limit: {'-'.join(map(str, numbers))})"
    return problem.message + limit


def _unreadable(error: drf.ValidationError) -> Fault:
    causes = list(_causes(error.detail))
    return invalid(
        causes[0][0] or "body", *(f"{at}: {text}" if at else text for at, text in causes)
    )


def _causes(detail: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = f"[{name}]" if isinstance(name, int) else f"{'.' if where else ''}{name}"
            yield from _causes(inner, where if name == "non_field_errors" else where + step)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):  # objects of a list, or the problems of one thing
            yield from _causes(inner, f"{where}[{place}]" if isinstance(inner, Mapping) else where)
    else:
        yield where, str(detail)
