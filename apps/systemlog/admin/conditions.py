"""A rule's conditions as the log and the configuration hold them, told as a sentence."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.apps import apps

from apps.systemlog.admin.parts import moment
from authzsite.domain.conditions import load_all
from authzsite.domain.fragments import GROUP, INSTANT, USER, Fragment
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy_types import Rule
from authzsite.domain.rule_sentence import rule_sentence

NAMED: Final = {GROUP: ("directory.Group", "name"), USER: ("directory.User", "login")}
ANY: Final = Lifetimes.from_minutes(access=60, refresh=0, idle=10_080)  # of which none is told

Names = Mapping[str, str]


def condition_words(value: Any, names: Names | None = None) -> str:
    """ "When people in Staff sign in by `authorization_code` and ask for `read`"; empty for what
    are no conditions. `names`: see `names_in`; without, they are looked up."""
    parts = _parts(value)
    known = names if names is not None else names_in([value])
    words = "".join(known.get(one.ref, _word(one)) for one in parts)
    return words[:1].upper() + words[1:]


def names_in(values: Iterable[Any]) -> dict[str, str]:
    """Id → name of whom the conditions among these name: two statements at most."""
    wanted: dict[str, set[str]] = {kind: set() for kind in NAMED}
    for value in values:
        for one in _parts(value):
            if one.kind in wanted and one.ref:
                wanted[one.kind].add(one.ref)
    return {
        pk: name
        for kind, ids in wanted.items()
        if ids
        for pk, name in _rows(kind).filter(pk__in=ids).values_list("pk", NAMED[kind][1])
    }


def _rows(kind: str) -> Any:
    return apps.get_model(NAMED[kind][0])._default_manager.order_by()


def _parts(value: Any) -> tuple[Fragment, ...]:
    """Empty for what can't be read, which is shown as it is."""
    is_list = isinstance(value, list) and bool(value)
    if not is_list or not all(isinstance(one, dict) and "type" in one for one in value):
        return ()
    conditions = load_all(value)
    if isinstance(conditions, str):
        return ()
    return rule_sentence(Rule(id="", name="", epoch=0, conditions=conditions, lifetimes=ANY))


def _word(part: Fragment) -> str:
    if part.kind != INSTANT:
        return part.text
    try:
        return f"{moment(datetime.fromisoformat(part.text))} UTC"
    except ValueError:
        return part.text
