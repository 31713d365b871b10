"""A change by the person who is signed in, and how its refusal is told."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from apps.systemlog.entries import Actor
from authzsite.domain.validation import Invalid, InvalidError

T = TypeVar("T")


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person as the one who did it."""
    user: Any = request.user
    return Actor(user.pk, "User", user.get_username(), user.get_full_name())


def problem_text(problem: Invalid) -> str:
    """What a form shows of a refused value: the message and the limit it breaks."""
    shown = problem.message
    return shown[:1].upper() + shown[1:] + ("" if shown.endswith(".") else ".")


def refusal_text(error: InvalidError) -> str:
    """A refusal outside of a form, with the names of the fields."""
    named = (f"{one.field.replace('_', ' ')} {one.message}" for one in error.problems)
    words = "; ".join(named)
    return f"{words[:1].upper()}{words[1:]}."


def attempt(request: HttpRequest, change: Callable[[], T], done: str) -> T | None:
    """Make a change; say that it is done, or why it was refused."""
    try:
        with transaction.atomic():
            result = change()
    except InvalidError as error:
        messages.error(request, refusal_text(error))
        return None
    if done:
        messages.success(request, done)
    return result
