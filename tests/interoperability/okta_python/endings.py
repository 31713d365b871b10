"""The second half of the story: tokens, the log, lifecycles, and the end of everything."""

from typing import Any

from tests.interoperability.okta_python import making
from tests.interoperability.okta_python.story import Story


def use_tokens(story: Story) -> None:
    """What is issued is listed, one by one and all together, and ends when it is revoked."""
    call, server, client = story.sdk.call, story.server, story.client_id
    first = story.visitor.tokens()
    assert [one.client_id for one in call("list_o_auth2_clients_for_authorization_server", server)]
    listed = call("list_refresh_tokens_for_authorization_server_and_client", server, client)
    assert [one.user_id for one in listed] == [story.user]
    one = call(
        "get_refresh_token_for_authorization_server_and_client", server, client, listed[0].id
    )
    assert one.status == "ACTIVE" and "orders" in one.scopes
    call("revoke_refresh_token_for_authorization_server_and_client", server, client, one.id)
    assert not story.visitor.is_alive(first["refresh_token"])
    for method, ids in REVOCATIONS(story):
        fresh = story.visitor.tokens()
        assert story.visitor.is_alive(fresh["access_token"])
        call(method, *ids)
        assert not story.visitor.is_alive(fresh["refresh_token"]), method


def REVOCATIONS(story: Story) -> list[tuple[str, tuple[Any, ...]]]:  # noqa: N802 - a table
    """Each way to end all tokens of the application, or of the person."""
    return [
        (
            "revoke_refresh_tokens_for_authorization_server_and_client",
            (story.server, story.client_id),
        ),
        ("revoke_o_auth2_tokens_for_application", (story.app,)),
        ("revoke_tokens_for_user_and_client", (story.user, story.client_id)),
        ("revoke_user_sessions", (story.user, True)),
    ]


def look_at_tokens_of_app_and_person(story: Story) -> None:
    """The same refresh token from three sides, and the consents."""
    call = story.sdk.call
    story.visitor.tokens()
    of_app = call("list_o_auth2_tokens_for_application", story.app)
    of_user = call("list_refresh_tokens_for_user_and_client", story.user, story.client_id)
    assert [one.id for one in of_app] == [one.id for one in of_user] != []
    assert call("list_user_grants", story.user) == []  # the application is trusted: no consents
    call("revoke_user_grants", story.user)


def read_the_log(story: Story) -> None:
    """The tokens that were issued are there."""
    wanted = 'eventType eq "app.oauth2.as.token.grant.access_token"'
    found = story.sdk.call("list_log_events", filter=wanted, limit=5, sort_order="DESCENDING")
    assert found and {one.event_type for one in found} == {"app.oauth2.as.token.grant.access_token"}
    assert all(one.outcome.result == "SUCCESS" for one in found)


def turn_things_off_and_on(story: Story) -> None:
    """What is inactive grants nothing, and what is active again does."""
    switches = {
        "authorization_server_policy_rule": story.rule_ids,
        "authorization_server_policy": (story.server, story.policy),
        "application": (story.app,),
        "authorization_server": (story.server,),
    }
    for kind, ids in switches.items():
        story.sdk.call(f"deactivate_{kind}", *ids)
        answer = story.visitor.ask("token", grant_type="client_credentials", scope="orders")
        assert answer.status_code in {400, 401, 404}, kind
        story.sdk.call(f"activate_{kind}", *ids)
        story.visitor.token(grant_type="client_credentials", scope="orders")


def lead_a_life(story: Story) -> None:
    """A person is invited, suspended, locked out, sent away and deleted."""
    from apps.directory.models import User

    call = story.sdk.call
    user = call("create_user", making.a_user("bob@example.com", password=""), activate=False)
    assert user.status == "STAGED"
    call("activate_user", user.id, send_email=False)
    call("reactivate_user", user.id, send_email=False)
    User.objects.filter(pk=story.user).update(status="LOCKED_OUT")
    call("unlock_user", story.user)
    for method, status in (("suspend_user", "SUSPENDED"), ("unsuspend_user", "ACTIVE")):
        call(method, story.user)
        assert call("get_user", story.user).status == status
    call("deactivate_user", user.id)
    assert call("get_user", user.id).status == "DEPROVISIONED"
    call("delete_user", user.id)
    _, _, error = story.sdk.ask("get_user", user.id)
    assert error.error_code == "E0000007"


def change_a_person(story: Story) -> None:
    """A partial update keeps the rest; a group is replaced."""
    import okta.models as models

    call = story.sdk.call
    profile = models.UserProfile(nick_name="Countess", additional_properties={"badge": "7"})
    changed = call("update_user", story.user, models.UpdateUserRequest(profile=profile))
    assert changed.profile.nick_name == "Countess" and changed.profile.first_name == "Ada"
    group = call("get_group", story.group)
    call("replace_group", story.group, making.as_group(group))
    assert call("get_group", story.group).profile.actual_instance.name == "Buyers"


def delete_everything(story: Story) -> None:
    """From the inside out; what is gone is E0000007."""
    call, server = story.sdk.call, story.server
    call("unassign_application_from_group", story.app, story.group)
    call("unassign_user_from_group", story.group, story.user)
    call("delete_group", story.group)
    _, _, error = story.sdk.ask("delete_application", story.app)
    assert error.error_code == "E0000056"
    call("deactivate_application", story.app)
    call("delete_application", story.app)
    call("delete_authorization_server_policy_rule", *story.rule_ids)
    call("delete_authorization_server_policy", server, story.policy)
    call("delete_o_auth2_claim", server, story.claim)
    call("delete_o_auth2_scope", server, story.scope)
    call("delete_authorization_server", server)
    for method, ids in (("get_authorization_server", server), ("get_application", story.app)):
        _, _, error = story.sdk.ask(method, ids)
        assert error.error_code == "E0000007" and error.status == 404
