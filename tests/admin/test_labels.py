"""What a field is called: words that people know from RFCs and consoles, never a column's name."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.forms.utils import pretty_name

from apps.systemlog.admin.labels import label_of

OWN = ("apps.", "authzsite.")
MACHINE = re.compile(
    r"_|\b(uris?|Uris?|urls?|Urls?|Id|Ids|id|ids|jwks|Jwks|jwts?|Jwts?|pkce|Pkce|tos|Tos|alg|Alg"
    r"|kid|Kid|uuid|Uuid|api|Api|mfa|Mfa|totp|Totp|json|Json|amr|Amr|jti|Jti|Is|Has)\b"
)


def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    one: type[Any]
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def fields_of_forms() -> Iterator[tuple[str, str]]:
    """Every field of every form of ours, with its label."""
    for form in subclasses(forms.BaseForm):
        if form.__module__.startswith(OWN):
            fields: dict[str, Any] = getattr(form, "base_fields", {})
            for name, field in fields.items():
                label = pretty_name(name) if field.label is None else str(field.label)
                yield f"{form.__name__}.{name}", label


def fields_of_tables() -> Iterator[tuple[str, str]]:
    """What those read who may not change, and the heads of lists."""
    for model, table in admin.site._registry.items():
        if model.__module__.startswith(OWN):
            for name in (*(table.fields or ()), *table.list_display):
                if not isinstance(name, str) or name == "__str__":
                    continue
                is_column = any(one.name == name for one in model._meta.get_fields())
                if is_column or hasattr(table, name):
                    told = str(label_for_field(name, model, table))
                    yield f"{model.__name__}.{name}", told


def test_no_form_asks_for_a_column_by_its_name() -> None:
    found = {**dict(fields_of_forms()), **dict(fields_of_tables())}
    assert len(found) > 150
    assert {where: label for where, label in found.items() if MACHINE.search(label)} == {}


def test_histories_call_a_field_as_its_form_does() -> None:
    assert label_of("tos_uri") == "Terms of service URI"
    assert label_of("redirect_uris") == "Redirect URIs"
    assert label_of("jwks_uri") == "JWKS URI"
    assert label_of("pkce_required") == "PKCE required"
    assert label_of("access_token_minutes") == "Access token (min)"
    assert label_of("display_name") == "Display name"
    assert label_of("nobody_knows_uris") == "Nobody knows URIs"


def test_no_column_has_a_name_in_histories_that_only_machines_have() -> None:
    names = {
        one.name
        for model in apps.get_models()
        if model.__module__.startswith(OWN)
        for one in model._meta.get_fields()
    }
    found = {name: label_of(name) for name in names}
    assert len(found) > 150
    assert {name: label for name, label in found.items() if MACHINE.search(label)} == {}
