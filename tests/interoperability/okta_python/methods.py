"""Every method that administrators of such a server use."""

AREAS = {
    "servers": """list_authorization_servers create_authorization_server get_authorization_server
        replace_authorization_server delete_authorization_server activate_authorization_server
        deactivate_authorization_server list_authorization_server_keys
        get_authorization_server_key rotate_authorization_server_keys""",
    "scopes and claims": """list_o_auth2_scopes create_o_auth2_scope get_o_auth2_scope
        replace_o_auth2_scope delete_o_auth2_scope list_o_auth2_claims create_o_auth2_claim
        get_o_auth2_claim replace_o_auth2_claim delete_o_auth2_claim""",
    "policies": """list_authorization_server_policies create_authorization_server_policy
        get_authorization_server_policy replace_authorization_server_policy
        delete_authorization_server_policy activate_authorization_server_policy
        deactivate_authorization_server_policy""",
    "rules": """list_authorization_server_policy_rules create_authorization_server_policy_rule
        get_authorization_server_policy_rule replace_authorization_server_policy_rule
        delete_authorization_server_policy_rule activate_authorization_server_policy_rule
        deactivate_authorization_server_policy_rule""",
    "tokens": """list_o_auth2_clients_for_authorization_server
        list_refresh_tokens_for_authorization_server_and_client
        get_refresh_token_for_authorization_server_and_client
        revoke_refresh_token_for_authorization_server_and_client
        revoke_refresh_tokens_for_authorization_server_and_client
        list_o_auth2_tokens_for_application revoke_o_auth2_tokens_for_application
        list_refresh_tokens_for_user_and_client revoke_tokens_for_user_and_client
        list_user_grants revoke_user_grants revoke_user_sessions""",
    "apps": """list_applications create_application get_application replace_application
        delete_application activate_application deactivate_application list_application_users
        assign_user_to_application get_application_user unassign_user_from_application
        list_application_group_assignments assign_group_to_application
        get_application_group_assignment unassign_application_from_group
        list_o_auth2_client_secrets create_o_auth2_client_secret get_o_auth2_client_secret
        delete_o_auth2_client_secret activate_o_auth2_client_secret
        deactivate_o_auth2_client_secret""",
    "users": """list_users create_user get_user update_user activate_user deactivate_user
        suspend_user unsuspend_user unlock_user reactivate_user delete_user""",
    "groups": """list_groups add_group get_group replace_group delete_group list_group_users
        assign_user_to_group unassign_user_from_group""",
    "logs": "list_log_events",
}
METHODS = frozenset(name for names in AREAS.values() for name in names.split())
