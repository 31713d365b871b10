// Read, and write back what was read: nothing is lost.
const { assert, call, raw, run } = require("./sdk.cjs");

const withoutTime = ({ lastUpdated, ...rest }) => rest;

async function survives(path, api, kind, ids, body) {
  const before = await raw(path);
  const seen = await call(api, `get${kind}`, ids);
  await call(api, `replace${kind}`, { ...ids, [body]: seen });
  assert.deepEqual(withoutTime(await raw(path)), withoutTime(before), path);
}

run(async ({ ids, paths }) => {
  const authServerId = ids.server;
  const policyId = ids.policy;
  const of = (more) => ({ authServerId, ...more });
  const api = "authorizationServer";
  await survives(paths.server, api, "AuthorizationServer", of({}), "authorizationServer");
  await survives(paths.scope, api, "OAuth2Scope", of({ scopeId: ids.scope }), "oAuth2Scope");
  for (const name of ["claim", "group_claim"]) {
    await survives(paths[name], api, "OAuth2Claim", of({ claimId: ids[name] }), "oAuth2Claim");
  }
  await survives(paths.policy, api, "AuthorizationServerPolicy", of({ policyId }), "policy");
  const rule = of({ policyId, ruleId: ids.rule });
  await survives(paths.rule, api, "AuthorizationServerPolicyRule", rule, "policyRule");
  await survives(paths.app, "application", "Application", { appId: ids.app }, "application");
  await survives(paths.group, "group", "Group", { groupId: ids.group }, "group");
  const [eventHookId, inlineHookId] = [ids.event_hook, ids.inline_hook];
  await survives(paths.event_hook, "eventHook", "EventHook", { eventHookId }, "eventHook");
  await survives(paths.inline_hook, "inlineHook", "InlineHook", { inlineHookId }, "inlineHook");
  const before = await raw(paths.user);
  const user = await call("user", "getUser", { userId: ids.user });
  await call("user", "replaceUser", { userId: ids.user, user: { profile: user.profile } });
  assert.deepEqual(withoutTime(await raw(paths.user)), withoutTime(before));
});
