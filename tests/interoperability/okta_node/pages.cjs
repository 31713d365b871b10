// Every list to its end, by the SDK's own collections: each object once.
const { assert, call, run } = require("./sdk.cjs");

run(async ({ server, app, group, many }) => {
  // Without an end a log is polled: there is always a next page.
  const now = Date.now();
  const past = { since: new Date(now - 3600e3).toISOString(), until: new Date(now).toISOString() };
  const lists = [
    ["authorizationServer", "listAuthorizationServers", {}],
    ["authorizationServer", "listOAuth2Scopes", { authServerId: server }],
    ["application", "listApplications", {}],
    ["application", "listApplicationUsers", { appId: app }],
    ["application", "listApplicationGroupAssignments", { appId: app }],
    ["user", "listUsers", {}],
    ["group", "listGroups", {}],
    ["group", "listGroupUsers", { groupId: group }],
    ["systemLog", "listLogEvents", past],
  ];
  for (const [api, method, where] of lists) {
    const rows = await call(api, method, { ...where, limit: 200 });
    const found = new Set(rows.map((one) => one.uuid ?? one.id));
    assert.equal(found.size, rows.length, method);
    assert.ok(found.size >= many, `${method}: ${found.size}`);
  }
});
