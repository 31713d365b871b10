"""The way through Identity Cloud's guides: token, token policy, client, secret."""

from tests.management.caller import Caller, enrol


def test_a_configuration_client_gets_a_token_and_lists_the_token_policies() -> None:
    caller = enrol("*:**", scope="*:config/**")
    answer = caller.ask("*:config/**")
    assert answer.status_code == 200
    members = answer.json()
    assert (members["token_type"], members["expires_in"]) == ("Bearer", 3600)
    assert members["scope"] == "*:config/**"
    listed = caller.get("tokenPolicies")
    assert listed.status_code == 200, listed.content
    policy = caller.client.token_policy
    assert policy is not None
    assert listed.json() == {
        "total": 1,
        "_embedded": {
            "tokenPolicies": [
                {
                    "id": policy.pk,
                    "title": policy.title,
                    "_links": {"self": {"href": f"/org/config/tokenPolicies/{policy.pk}"}},
                }
            ]
        },
    }


def test_a_token_policy_is_made_read_changed_and_deleted(admin: Caller) -> None:
    made = admin.post(
        "tokenPolicies",
        {
            "title": "For our site",
            "accessTokenLifetime": "1800",
            "refreshTokenLifetime": 86400,
            "allowedScopes": ["openid", "email"],
        },
    )
    assert made.status_code == 201, made.content
    ident = made.json()
    assert isinstance(ident, str)
    path = f"tokenPolicies/{ident}"
    expected = {
        "id": ident,
        "title": "For our site",
        "accessTokenLifetime": 1800,
        "refreshTokenLifetime": 86400,
        "allowedScopes": ["openid", "email"],
        "useAccessJWT": False,
        "_links": {"self": {"href": f"/org/config/{path}"}},
    }
    assert admin.get(path).json() == expected
    changed = admin.put(path, {"title": "Ours", "allowedScopes": ["openid"], "id": "x"})
    assert changed.status_code == 200
    assert changed.json() == expected | {
        "title": "Ours",
        "allowedScopes": ["openid"],
        "accessTokenLifetime": 3600,
        "refreshTokenLifetime": 7776000,
    }
    assert admin.delete(path).status_code == 204
    assert admin.get(path).status_code == 404
