"""The authorization request as one frozen value, whether it came as query, form or transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from apps.oauth.authorize.transaction import Transaction
from apps.oauth.requests import checked_server_id, requested_scopes
from authzsite.domain.errors import OAuthError
from authzsite.domain.forms import Form, parse_form, parse_pairs

KNOWN = frozenset(
    [
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "login_hint",
        "id_token_hint",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    ]
)
MODES = ("query", "fragment", "form_post")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person answered on the consent page; `kept` are the optional scopes left ticked."""

    is_allowed: bool
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One request to /authorize. `started` is when its client first sent it."""

    server_id: str
    form: Form
    started: datetime
    transaction: Transaction | None = None
    choice: Choice | None = None
    is_post: bool = False

    @property
    def prompts(self) -> frozenset[str]:
        """The values of `prompt`."""
        return frozenset(self.form.get("prompt").split())

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown (OIDC Core §3.1.2.1, `prompt=none`)."""
        return "none" in self.prompts

    @property
    def max_age(self) -> int | None:
        """The oldest sign-in that will do, in seconds."""
        text = self.form.get("max_age")
        return int(text) if text else None

    @property
    def requested(self) -> tuple[str, ...] | None:
        """The scopes that it names. Raises invalid_scope for malformed ones."""
        return requested_scopes(self.form)

    @property
    def mode(self) -> str:
        """How the answer travels; the default where the request names none that we know."""
        mode = self.form.get("response_mode")
        return mode if mode in MODES else MODES[0]


def parse_query(server_id: str, query: bytes, now: datetime) -> AuthorizationRequest:
    """The request of a GET. Raises OAuthError for what can't be read at all."""
    return _request(server_id, parse_pairs(query, tolerate=_names(query)), now)


def parse_body(
    server_id: str, body: bytes, content_type: str, now: datetime
) -> AuthorizationRequest:
    """The request of a POST (OIDC Core §3.1.2.1). Raises OAuthError."""
    parse_form(b"", content_type=content_type)
    form = parse_pairs(body, tolerate=_names(body))
    return _request(server_id, form, now, is_post=True)


def resume(transaction: Transaction, choice: Choice | None = None) -> AuthorizationRequest:
    """The request that a transaction carries; whatever else came along doesn't count (row 109)."""
    return AuthorizationRequest(
        server_id=transaction.server_id,
        form=Form(transaction.values),
        started=transaction.started,
        transaction=transaction,
        choice=choice,
        is_post=choice is not None,
    )


def _request(
    server_id: str, form: Form, now: datetime, *, is_post: bool = False
) -> AuthorizationRequest:
    """Unknown parameters are ignored (RFC 6749 §3.1), so they aren't carried along either."""
    checked = checked_server_id(server_id)
    if not checked:
        raise OAuthError("invalid_request", "The authorization server does not exist.", status=404)
    known = {name: value for name, value in form.values.items() if name in KNOWN and value}
    return AuthorizationRequest(checked, Form(known, form.repeated & KNOWN), now, is_post=is_post)


def _names(raw: bytes) -> Collection[str]:
    """Repetition is answered where it is known whom to tell (row 8)."""
    return {name for name, _ in parse_qsl(raw.decode("latin-1"), keep_blank_values=True)}
