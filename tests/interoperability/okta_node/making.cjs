// Objects as a program would make them.
const server = {
  name: "Orders",
  description: "of a program",
  audiences: ["https://orders.example"],
};
const scope = { name: "orders", consent: "IMPLICIT", description: "of a program" };
const claim = {
  name: "tier",
  status: "ACTIVE",
  claimType: "RESOURCE",
  valueType: "EXPRESSION",
  value: "user.login",
  conditions: { scopes: ["orders"] },
};
const policy = {
  type: "OAUTH_AUTHORIZATION_POLICY",
  name: "For all",
  description: "of a program",
  priority: 1,
  conditions: { clients: { include: ["ALL_CLIENTS"] } },
};
const rule = (group) => ({
  type: "RESOURCE_ACCESS",
  name: "Everything",
  priority: 1,
  conditions: {
    people: { groups: { include: [group] } },
    grantTypes: { include: ["authorization_code", "client_credentials"] },
    scopes: { include: ["*"] },
  },
  actions: {
    token: {
      accessTokenLifetimeMinutes: 30,
      refreshTokenLifetimeMinutes: 0,
      refreshTokenWindowMinutes: 1440,
    },
  },
});
const user = (login, password) => ({
  profile: { login, email: login, firstName: "Ada", lastName: "Byron" },
  credentials: { password: { value: password } },
});
const app = {
  name: "oidc_client",
  label: "Shop",
  signOnMode: "OPENID_CONNECT",
  credentials: { oauthClient: { token_endpoint_auth_method: "client_secret_basic" } },
  settings: {
    oauthClient: {
      application_type: "web",
      grant_types: ["authorization_code", "client_credentials", "refresh_token"],
      response_types: ["code"],
      redirect_uris: ["https://app.example.com/callback"],
      consent_method: "TRUSTED",
    },
  },
};

module.exports = { app, claim, policy, rule, scope, server, user };
