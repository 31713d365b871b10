"""URIs that administrators and registrations write: what may be stored at all."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from authzsite.domain import limits
from authzsite.domain.redirects import origin_of
from authzsite.domain.uris import LOOPBACK_HOSTS, Uri, host_problem, parse_uri, spelling_problem
from authzsite.domain.validation.errors import Invalid

# RFC 8252 §7.1: a domain name turned round, then one slash: one spelling per callback (row 84).
_NATIVE_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")


def validate_audience(audience: str, *, field: str = "audiences") -> list[Invalid]:
    """R1: an absolute URI without fragment, such as `api://default`."""
    if len(audience) > limits.MAX_AUDIENCE_LENGTH:
        return [Invalid(field, "is too long", limits.MAX_AUDIENCE_LENGTH)]
    parts = parse_uri(audience)
    if parts is None or not (parts.authority or parts.path):
        return [Invalid(field, "must be an absolute URI")]
    return [Invalid(field, "must not have a fragment")] if parts.fragment is not None else []


def validate_redirect_uri(
    uri: str, *, is_native: bool, field: str = "redirect_uris"
) -> list[Invalid]:
    """A redirect or post-logout URI that may be registered (R5, rows 79, 82-86)."""
    return _refusal(uri, field, lambda parts: _redirect_problem(parts, is_native))


def validate_redirect_uris(
    uris: Sequence[str], *, is_native: bool, field: str = "redirect_uris"
) -> list[Invalid]:
    """A client's whole list."""
    if len(uris) > limits.MAX_REDIRECT_URIS:
        return [Invalid(field, "has too many entries", limits.MAX_REDIRECT_URIS)]
    return [p for uri in uris for p in validate_redirect_uri(uri, is_native=is_native, field=field)]


def validate_web_uri(uri: str, *, field: str) -> list[Invalid]:
    """A link shown to people: logo, terms, policy, client page. http or https only (row 83)."""
    return _refusal(uri, field, _web_problem)


def validate_https_uri(uri: str, *, field: str) -> list[Invalid]:
    """A URI that we or a browser call with consequences: https, http only on loopback."""
    return _refusal(uri, field, _secure_problem)


def validate_origin(origin: str, *, field: str = "origins") -> list[Invalid]:
    """An origin exactly as browsers send it: `https://app.example.com[:port]`, nothing more."""
    parts = parse_uri(origin)
    if parts is None or origin_of(origin) != origin or host_problem(parts.host):
        return [Invalid(field, "must be a scheme and host in lower case, without a path")]
    return []


def _refusal(uri: str, field: str, check: Callable[[Uri], str | None]) -> list[Invalid]:
    if len(uri) > limits.MAX_URI_LENGTH:
        return [Invalid(field, "is too long", limits.MAX_URI_LENGTH)]
    parts = parse_uri(uri)
    if parts is None:
        return [Invalid(field, "must be an absolute URI in ASCII (host names as A-labels)")]
    problem = check(parts)
    return [Invalid(field, problem)] if problem else []


def _redirect_problem(uri: Uri, is_native: bool) -> str | None:
    if uri.fragment is not None:
        return "must not have a fragment"
    if "*" in f"{uri.authority}{uri.path}{uri.query}":
        return "must not contain a wildcard: redirect URIs are compared exactly"
    if uri.scheme.lower() not in {"http", "https"}:
        return _native_problem(uri, is_native)
    return _secure_problem(uri)


def _native_problem(uri: Uri, is_native: bool) -> str | None:
    if not is_native:
        return "must be an https URI"
    is_callback = uri.authority is None and uri.path.startswith("/")
    if not (_NATIVE_SCHEME.fullmatch(uri.scheme) and is_callback):
        return "must look like com.example.app:/callback or be an https URI"
    return spelling_problem(uri)


def _secure_problem(uri: Uri) -> str | None:
    if problem := _web_problem(uri):
        return problem
    if uri.scheme == "http" and uri.host not in LOOPBACK_HOSTS:
        return "must use https; http is for loopback addresses only"
    return None


def _web_problem(uri: Uri) -> str | None:
    if uri.scheme.lower() not in {"http", "https"} or not uri.host:
        return "must be an http or https URI with a host"
    if uri.userinfo is not None:
        return "must not contain a user name or password"
    if problem := host_problem(uri.host):
        return f"has a host that {problem}"
    return spelling_problem(uri)
