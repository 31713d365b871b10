"""`apps/management/openapi.yaml`: made from the views, complete, and frozen."""

from collections import Counter
from typing import Any

import pytest
import yaml
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import EndpointEnumerator

from apps.management.description.hooks import only_management, operations
from tests.docs.openapi import FROZEN, as_yaml, document

pytestmark = pytest.mark.once


def handlers() -> dict[str, Any]:
    """The method of a view behind each address that is described."""
    found = only_management(EndpointEnumerator().get_api_endpoints())
    return {
        f"{method} {path}": getattr(callback.cls, method.lower())  # type: ignore[attr-defined]
        for path, _, method, callback in found
        if callback.cls.schema is not None  # type: ignore[attr-defined]
    }


def test_it_is_frozen_and_made_without_a_warning() -> None:
    GENERATOR_STATS.reset()
    text = as_yaml(document())
    told = [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    assert told == []
    assert text == FROZEN.read_text(), "run: python -m tests.docs.openapi"


def test_every_method_of_every_view_has_an_operation_id_of_its_own() -> None:
    found = handlers()
    assert len(found) > 100
    assert [at for at, one in found.items() if "schema" not in getattr(one, "kwargs", {})] == []
    frozen = yaml.safe_load(FROZEN.read_text())
    ids = Counter(operation["operationId"] for _, _, operation in operations(frozen))
    assert [name for name, times in ids.items() if times > 1] == []


def test_every_operation_says_who_may_call_it_and_every_group_of_them_is_named() -> None:
    frozen = yaml.safe_load(FROZEN.read_text())
    assert frozen["openapi"].startswith("3.1")
    for path, method, operation in operations(frozen):
        assert operation["summary"] and operation["tags"][0], f"{method} {path}"
        if "/login/" not in path:
            schemes = [name for one in operation["security"] for name in one]
            assert "oauth2" in schemes, f"{method} {path}"
            assert ("apiToken" in schemes) == ("/config/" not in path)
