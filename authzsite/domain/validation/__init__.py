"""Whether a value may be stored: every rule about names, URIs and lifetimes, as lists of problems.

It owns the checks and the error that names field and limit. It does not own uniqueness, which
needs rows, or permissions. Services collect the problems and raise `InvalidError`; forms and
APIs show them.
"""

from authzsite.domain.validation.errors import Invalid, InvalidError, raise_if
from authzsite.domain.validation.lifetimes import (
    validate_config_lifetimes,
    validate_leeway,
    validate_priority,
    validate_rule_lifetimes,
)
from authzsite.domain.validation.names import (
    validate_allowed_scopes,
    validate_claim_name,
    validate_client_id,
    validate_client_label,
    validate_description,
    validate_email,
    validate_login,
    validate_name,
    validate_person_name,
    validate_policy_name,
    validate_rule_name,
    validate_scope_name,
    validate_server_id,
)
from authzsite.domain.validation.uris import (
    validate_audience,
    validate_https_uri,
    validate_origin,
    validate_redirect_uri,
    validate_redirect_uris,
    validate_web_uri,
)

__all__ = [
    "Invalid",
    "InvalidError",
    "raise_if",
    "validate_allowed_scopes",
    "validate_audience",
    "validate_claim_name",
    "validate_client_id",
    "validate_client_label",
    "validate_config_lifetimes",
    "validate_description",
    "validate_email",
    "validate_https_uri",
    "validate_leeway",
    "validate_login",
    "validate_name",
    "validate_origin",
    "validate_person_name",
    "validate_policy_name",
    "validate_priority",
    "validate_redirect_uri",
    "validate_redirect_uris",
    "validate_rule_lifetimes",
    "validate_rule_name",
    "validate_scope_name",
    "validate_server_id",
    "validate_web_uri",
]
