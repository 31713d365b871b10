"""The limiter as pages meet it."""

from collections.abc import Callable

from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.directory.attempts.people import Browser
from apps.directory.attempts.take import Attempted, TooManyError


def browser_of(request: HttpRequest) -> Browser:
    """Where a request comes from; the address is the last hop that isn't a proxy of ours."""
    return Browser(request.META.get("REMOTE_ADDR", ""), request.COOKIES)


def admitted(request: HttpRequest, attempt: Callable[[], Attempted]) -> Attempted:
    """The attempt, counted; a 429 page at once when it is one too many."""
    try:
        return attempt()
    except TooManyError as error:
        raise ImmediateHttpResponse(too_many(request, error.seconds)) from None


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: whoever it is, and whatever they have typed."""
    minutes = (seconds + 59) // 60
    response = render(request, "account/too_many.html", {"minutes": minutes}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
