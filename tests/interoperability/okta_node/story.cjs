// From the first server to the last deletion.
const { assert, call, refused, run } = require("./sdk.cjs");
const making = require("./making.cjs");

const ids = (rows) => rows.map((one) => one.id);

async function makeServer() {
  const made = await call("authorizationServer", "createAuthorizationServer", {
    authorizationServer: making.server,
  });
  const at = { authServerId: made.id };
  assert.equal(made.status, "ACTIVE");
  const seen = await call("authorizationServer", "getAuthorizationServer", at);
  seen.description = "changed";
  const changed = await call("authorizationServer", "replaceAuthorizationServer", {
    ...at,
    authorizationServer: seen,
  });
  assert.equal(changed.description, "changed");
  assert.deepEqual(ids(await call("authorizationServer", "listAuthorizationServers", { q: "orders.example" })), [made.id]);
  const before = await call("authorizationServer", "listAuthorizationServerKeys", at);
  const after = await call("authorizationServer", "rotateAuthorizationServerKeys", {
    ...at,
    use: { use: "sig" },
  });
  assert.notDeepEqual(after.map((key) => key.kid), before.map((key) => key.kid));
  return at;
}

async function fillServer(at, group) {
  const scope = await call("authorizationServer", "createOAuth2Scope", { ...at, oAuth2Scope: making.scope });
  const scopes = await call("authorizationServer", "listOAuth2Scopes", at);
  assert.ok(ids(scopes).includes(scope.id));
  const claim = await call("authorizationServer", "createOAuth2Claim", { ...at, oAuth2Claim: making.claim });
  const policy = await call("authorizationServer", "createAuthorizationServerPolicy", { ...at, policy: making.policy });
  const place = { ...at, policyId: policy.id };
  const rule = await call("authorizationServer", "createAuthorizationServerPolicyRule", {
    ...place,
    policyRule: making.rule(group),
  });
  const whole = { ...place, ruleId: rule.id };
  await call("authorizationServer", "deactivateAuthorizationServerPolicyRule", whole);
  const seen = await call("authorizationServer", "getAuthorizationServerPolicyRule", whole);
  assert.equal(seen.status, "INACTIVE");
  await call("authorizationServer", "activateAuthorizationServerPolicyRule", whole);
  return { scopeId: scope.id, claimId: claim.id, ...whole };
}

async function makePeople(password) {
  const group = await call("group", "createGroup", { group: { profile: { name: "Buyers", description: "d" } } });
  const user = await call("user", "createUser", { body: making.user("ada@example.com", password), activate: true });
  assert.equal(user.status, "ACTIVE");
  await call("group", "assignUserToGroup", { groupId: group.id, userId: user.id });
  assert.deepEqual(ids(await call("group", "listGroupUsers", { groupId: group.id })), [user.id]);
  assert.ok(ids(await call("group", "listGroups", { q: "Buy" })).includes(group.id));
  assert.ok(ids(await call("user", "listUsers", {})).includes(user.id));
  return { group: group.id, user: user.id };
}

async function makeApp(people) {
  const app = await call("application", "createApplication", { application: making.app });
  const at = { appId: app.id };
  assert.ok(app.credentials.oauthClient.client_secret.length >= 14);
  await call("application", "assignUserToApplication", { ...at, appUser: { id: people.user, scope: "USER" } });
  await call("application", "assignGroupToApplication", { ...at, groupId: people.group });
  assert.deepEqual(ids(await call("application", "listApplicationUsers", at)), [people.user]);
  assert.deepEqual(ids(await call("application", "listApplicationGroupAssignments", at)), [people.group]);
  return at;
}

async function rotateSecret(at) {
  const api = "applicationSSOPublicKeys";
  const [first] = await call(api, "listOAuth2ClientSecrets", at);
  const made = await call(api, "createOAuth2ClientSecret", at);
  assert.ok(made.client_secret);
  const old = { ...at, secretId: first.id };
  assert.equal((await call(api, "deactivateOAuth2ClientSecret", old)).status, "INACTIVE");
  assert.equal((await call(api, "activateOAuth2ClientSecret", old)).status, "ACTIVE");
  await call(api, "deactivateOAuth2ClientSecret", old);
  assert.equal((await call(api, "getOAuth2ClientSecret", old)).status, "INACTIVE");
  await call(api, "deleteOAuth2ClientSecret", old);
  assert.deepEqual(ids(await call(api, "listOAuth2ClientSecrets", at)), [made.id]);
}

async function endTokens({ server, client, user }) {
  const at = { authServerId: server };
  const clients = await call("authorizationServer", "listOAuth2ClientsForAuthorizationServer", at);
  assert.deepEqual(clients.map((one) => one.client_id), [client]);
  const both = { ...at, clientId: client };
  const list = () => call("authorizationServer", "listRefreshTokensForAuthorizationServerAndClient", both);
  assert.deepEqual((await list()).map((one) => one.userId), [user]);
  await call("authorizationServer", "revokeRefreshTokensForAuthorizationServerAndClient", both);
  assert.deepEqual((await list()).filter((one) => one.status === "ACTIVE"), []);
  await call("user", "revokeUserSessions", { userId: user, oauthTokens: true });
  const events = await call("systemLog", "listLogEvents", {
    since: new Date(Date.now() - 3600e3).toISOString(),
    until: new Date(Date.now() + 60e3).toISOString(),
    filter: 'eventType eq "app.oauth2.as.token.grant.access_token"',
  });
  assert.ok(events.length > 0 && events.every((one) => one.outcome.result === "SUCCESS"));
}

async function endEverything(parts, people, app) {
  const server = { authServerId: parts.authServerId };
  await call("user", "deactivateUser", { userId: people.user });
  await call("user", "deleteUser", { userId: people.user });
  await call("group", "deleteGroup", { groupId: people.group });
  assert.equal((await refused("application", "deleteApplication", app)).status, 403);
  await call("application", "deactivateApplication", app);
  await call("application", "deleteApplication", app);
  await call("authorizationServer", "deleteAuthorizationServerPolicyRule", parts);
  await call("authorizationServer", "deleteAuthorizationServerPolicy", parts);
  await call("authorizationServer", "deleteOAuth2Claim", parts);
  await call("authorizationServer", "deleteOAuth2Scope", parts);
  await call("authorizationServer", "deactivateAuthorizationServer", server);
  await call("authorizationServer", "activateAuthorizationServer", server);
  await call("authorizationServer", "deleteAuthorizationServer", server);
  const gone = await refused("authorizationServer", "getAuthorizationServer", server);
  assert.equal(gone.status, 404);
  assert.equal(gone.errorCode, "E0000007");
}

run(async (world) => {
  const people = await makePeople(world.password);
  const server = await makeServer();
  const parts = await fillServer(server, people.group);
  const app = await makeApp(people);
  await rotateSecret(app);
  await endTokens(world);
  await endEverything(parts, people, app);
});
