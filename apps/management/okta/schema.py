"""How views are described in OpenAPI: one decorator over drf-spectacular's."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

View = TypeVar("View", bound=Callable[..., Any])
QUERY: Final = OpenApiParameter.QUERY


class CauseShape(serializers.Serializer[Any]):
    """One cause of an error."""

    errorSummary = serializers.CharField()  # noqa: N815 - the wire's names


class ErrorShape(serializers.Serializer[Any]):
    """Okta's error body."""

    errorCode = serializers.CharField()  # noqa: N815
    errorSummary = serializers.CharField()  # noqa: N815
    errorLink = serializers.CharField()  # noqa: N815
    errorId = serializers.CharField()  # noqa: N815
    errorCauses = CauseShape(many=True)  # noqa: N815


ERRORS: Final = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 503)
PAGES: Final = (
    OpenApiParameter("limit", OpenApiTypes.INT, QUERY, description="Rows of a page at most."),
    OpenApiParameter("after", OpenApiTypes.STR, QUERY, description="The cursor of a next link."),
)
TRIAL: Final = OpenApiParameter(
    "dryRun", OpenApiTypes.BOOL, QUERY, description="Only tell what the call would end."
)


def query(name: str, text: str, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    """A parameter of a list."""
    return OpenApiParameter(name, kind, QUERY, description=text)


def documented(
    operation_id: str,
    summary: str,
    *,
    takes: Any = None,
    gives: Any = None,
    status: int = 200,
    parameters: Iterable[OpenApiParameter] = (),
    is_change: bool = False,
    tag: str = "",
    refusals: Mapping[int, Any] | None = None,
) -> Callable[[View], View]:
    """The description of one method of a view. `takes` and `gives`: shapes (with `many=True` for
    lists), or None for no body. `is_change`: it may be tried with `dryRun`. `refusals`: errors
    whose body isn't Okta's."""
    answers: dict[int, Any] = {status: gives, **dict.fromkeys(ERRORS, ErrorShape)}
    answers |= refusals or {}
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        request=takes,
        responses=answers,
        parameters=[*parameters, *([TRIAL] if is_change else [])],
        tags=[tag] if tag else None,
    )
