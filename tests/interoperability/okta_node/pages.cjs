// Every list to its end, by the SDK's own collections: each object once.
const { assert, call, run } = require("./sdk.cjs");

run(async ({ server, app, group, many }) => {
  const lists = [
    ["authorizationServer", "listAuthorizationServers", {}],
    ["authorizationServer", "listOAuth2Scopes", { authServerId: server }],
    ["application", "listApplications", {}],
    ["application", "listApplicationUsers", { appId: app }],
    ["application", "listApplicationGroupAssignments", { appId: app }],
    ["user", "listUsers", {}],
    ["group", "listGroups", {}],
    ["group", "listGroupUsers", { groupId: group }],
  ];
  for (const [api, method, where] of lists) {
    const rows = await call(api, method, { ...where, limit: 200 });
    const found = new Set(rows.map((one) => one.id));
    assert.equal(found.size, rows.length, method);
    assert.ok(found.size >= many, `${method}: ${found.size}`);
  }
});
