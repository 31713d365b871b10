"""The catalogue of event types (Okta's System Log types): what `record` accepts, the filter offers
and tests list.

A type that is not here can't be recorded. `sentence` is how the console tells the event;
`{actor}` and `{target}` stand for names.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its Okta name, severity of a success, the fixed text, and the older
    Okta name."""

    name: str
    message: str
    legacy: str | None = None
    severity: str = "INFO"


_GRANT = "app.oauth2.as.token.grant"


def _lifecycle(
    prefix: str, noun: str, verbs: str, legacy: str | None = None
) -> tuple[EventType, ...]:
    """The family `prefix.verb` of one kind of object, told as "Create noun"."""
    return tuple(
        EventType(f"{prefix}.{verb}", f"{verb.capitalize()} {noun}", legacy and f"{legacy}.{verb}")
        for verb in verbs.split()
    )


EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        "app.oauth2.as.authorize", "OAuth2 authorization request", "app.oauth2.as.authorize_failure"
    ),
    EventType(
        "app.oauth2.as.authorize.code",
        "OAuth2 authorization code issued",
        "app.oauth2.as.authorize.code_success",
    ),
    EventType(
        "app.oauth2.as.authorize.scope_denied",
        "OAuth2 scopes refused",
        "app.oauth2.as.authorize.scope_denied_failure",
        "WARN",
    ),
    EventType(_GRANT, "OAuth2 token request", "app.oauth2.as.token.grant_failure"),
    EventType(
        f"{_GRANT}.access_token", "OAuth2 access token is granted", f"{_GRANT}.access_token_success"
    ),
    EventType(f"{_GRANT}.id_token", "OIDC id token is granted", f"{_GRANT}.id_token_success"),
    EventType(
        f"{_GRANT}.refresh_token",
        "OAuth2 refresh token is granted",
        f"{_GRANT}.refresh_token_success",
    ),
    EventType(
        "app.oauth2.as.token.revoke",
        "OAuth2 token revocation request",
        "app.oauth2.as.token.revoke_success",
    ),
    EventType(
        "app.oauth2.as.token.detect_reuse",
        "One-time refresh token reused",
        "app.oauth2.as.token.detect_reuse",
        "WARN",
    ),
    EventType("app.oauth2.as.token.import", "Import refresh token of another server"),
    EventType("app.oauth2.as.token.introspect", "OAuth2 token introspection refused"),
    EventType("app.oauth2.as.userinfo", "UserInfo request refused"),
    EventType("app.oauth2.as.logout", "OIDC logout request"),
    EventType(
        "app.oauth2.as.evaluate.claim",
        "OAuth2 claim evaluation",
        "app.oauth2.as.evaluate.claim_failure",
        "WARN",
    ),
    EventType(
        "app.oauth2.as.key.rollover", "Signing key rotated", "app.oauth2.as.key.rollover.legacy"
    ),
    EventType("app.oauth2.as.key.revoke", "Signing key revoked", None, "WARN"),
    EventType(
        "app.oauth2.as.consent.grant", "User granted consent", "app.oauth2.as.consent.grant_success"
    ),
    EventType(
        "app.oauth2.as.consent.revoke", "Consent withdrawn", "app.oauth2.as.consent.revoke_success"
    ),
    EventType(
        "app.oauth2.token.revoke.implicit.as",
        "Tokens revoked with their authorization server",
        "app.oauth2.token.revoke.implicit.as_success",
    ),
    EventType(
        "app.oauth2.token.revoke.implicit.client",
        "Tokens revoked with their client",
        "app.oauth2.token.revoke.implicit.client_success",
    ),
    EventType(
        "app.oauth2.token.revoke.implicit.user",
        "Tokens revoked with their user",
        "app.oauth2.token.revoke.implicit.user_success",
    ),
    EventType(
        "app.oauth2.invalid_client_credentials",
        "Client credentials refused",
        "app.oauth2.invalid_client_credentials_failure",
        "WARN",
    ),
    *_lifecycle(
        "app.oauth2.client.lifecycle", "OAuth client", "create update activate deactivate delete"
    ),
    *_lifecycle(
        "app.oauth2.credentials.lifecycle", "client credential", "create activate deactivate delete"
    ),
    *_lifecycle(
        "application.lifecycle",
        "application",
        "create update activate deactivate delete",
        "app.app_editor.app",
    ),
    *_lifecycle(
        "application.user_membership", "application assignment of a user", "add remove update"
    ),
    *_lifecycle(
        "group.application_assignment",
        "application assignment of a group",
        "add remove update",
        "group.application_assignment",
    ),
    *_lifecycle("group.lifecycle", "group", "create delete", "group.lifecycle"),
    EventType("group.profile.update", "Update group"),
    EventType("group.user_membership.add", "Add user to group", "core.user_group_member.user_add"),
    EventType(
        "group.user_membership.remove",
        "Remove user from group",
        "core.user_group_member.user_remove",
    ),
    EventType("oauth2.as.created", "Create authorization server", "api.oauth2.as.created"),
    EventType("oauth2.as.updated", "Update authorization server", "api.oauth2.as.updated"),
    EventType("oauth2.as.activated", "Activate authorization server", "api.oauth2.as.activated"),
    EventType(
        "oauth2.as.deactivated", "Deactivate authorization server", "api.oauth2.as.deactivated"
    ),
    EventType("oauth2.as.deleted", "Delete authorization server", "api.oauth2.as.deleted"),
    EventType("oauth2.as.review.create", "Send change for review"),
    EventType("oauth2.as.review.approve", "Approve change"),
    EventType("oauth2.as.review.reject", "Reject change"),
    EventType("oauth2.as.review.withdraw", "Withdraw change"),
    EventType("oauth2.as.review.require", "Change needs a second person", None, "WARN"),
    EventType("oauth2.scope.created", "Create scope", "api.oauth2.scope.created"),
    EventType("oauth2.scope.updated", "Update scope", "api.oauth2.scope.updated"),
    EventType("oauth2.scope.deleted", "Delete scope", "api.oauth2.scope.deleted"),
    EventType("oauth2.claim.created", "Create claim", "api.oauth2.claim.created"),
    EventType("oauth2.claim.updated", "Update claim", "api.oauth2.claim.updated"),
    EventType("oauth2.claim.deleted", "Delete claim", "api.oauth2.claim.deleted"),
    *_lifecycle("policy.lifecycle", "policy", "create update activate deactivate delete"),
    *_lifecycle("policy.rule", "policy rule", "add update activate deactivate delete"),
    *_lifecycle("policy.test", "policy test", "create update delete"),
    EventType("policy.simulation", "Try token request"),
    EventType("policy.simulation.run", "Replay draft of policies"),
    EventType("policy.test.override", "Policy tests overridden", None, "WARN"),
    EventType("policy.test.fail", "Policy tests fail after a change", None, "WARN"),
    *_lifecycle("token_policy.lifecycle", "token policy", "create update delete"),
    *_lifecycle("login_policy.lifecycle", "login policy", "create update delete"),
    *_lifecycle(
        "user.lifecycle", "user", "create activate deactivate suspend unsuspend reactivate"
    ),
    EventType(
        "user.lifecycle.delete.initiated",
        "Delete user",
        "core.user.config.user_status.delete.initiated",
    ),
    EventType(
        "user.lifecycle.delete.completed",
        "User deleted",
        "core.user.config.user_status.delete.completed",
    ),
    EventType(
        "user.account.update_profile",
        "Update user profile",
        "core.user.config.profile_update.success",
    ),
    EventType(
        "user.account.update_password",
        "Update password",
        "core.user.config.password_update.success",
    ),
    EventType(
        "user.account.reset_password", "Reset password", "core.user.config.password_reset.success"
    ),
    EventType("user.account.expire_password", "Expire password"),
    EventType("user.account.lock", "Account locked", "core.user_auth.account_locked", "WARN"),
    EventType("user.account.unlock_by_admin", "Account unlocked", "core.user.config.unlock.admin"),
    EventType("user.account.privilege.grant", "Grant administration to user"),
    EventType("user.account.privilege.revoke", "Take administration from user"),
    EventType("user.session.start", "User login", "core.user_auth.login_success"),
    EventType("user.session.end", "User logout", "core.user_auth.logout_success"),
    EventType("user.session.clear", "Clear user session", "core.user_auth.session_clear"),
    EventType("user.mfa.factor.activate", "Activate factor for user"),
    EventType("user.mfa.factor.deactivate", "Deactivate factor for user"),
    EventType("user.mfa.factor.update", "New recovery codes for user"),
    EventType("user.mfa.factor.reset_all", "Reset all factors for user"),
    EventType("user.authentication.auth_via_mfa", "Authentication of user via second factor"),
    EventType("security.sign_in.update", "Change what signing in needs", severity="WARN"),
    EventType("system.api_token.create", "Create API token", "api.token.create"),
    EventType("system.api_token.revoke", "Revoke API token", "api.token.revoke"),
    EventType("management.request", "Configuration API request"),
    EventType("inline_hook.created", "Create inline hook"),
    EventType("inline_hook.updated", "Update inline hook"),
    EventType("inline_hook.activated", "Activate inline hook"),
    EventType("inline_hook.deactivated", "Deactivate inline hook"),
    EventType("inline_hook.deleted", "Delete inline hook"),
    EventType("inline_hook.executed", "Call inline hook"),
    EventType("inline_hook.response.processed", "Inline hook's answer processed"),
    EventType("event_hook.created", "Create event hook"),
    EventType("event_hook.updated", "Update event hook"),
    EventType("event_hook.activated", "Activate event hook"),
    EventType("event_hook.deactivated", "Deactivate event hook"),
    EventType("event_hook.deleted", "Delete event hook"),
    EventType("event_hook.verified", "Verify event hook"),
    EventType("event_hook.delivery", "Deliver event to hook"),
    EventType("system.configuration.apply", "Configuration file applied"),
    EventType("system.job.run", "Periodic job"),
    EventType("system.guard.bypass", "Write past the services", None, "WARN"),
    EventType("system.job.request", "Job asked to run now"),
    EventType("system.list.export", "List exported"),
)

CATALOGUE: dict[str, EventType] = {event.name: event for event in EVENT_TYPES}
