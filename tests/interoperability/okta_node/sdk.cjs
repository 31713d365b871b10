// One client of the SDK, what was called of it, and the same API without it.
const assert = require("node:assert/strict");
const okta = require("@okta/okta-sdk-nodejs");

const { ORG_URL, TOKEN, WORLD } = process.env;
const client = new okta.Client({ orgUrl: ORG_URL, token: TOKEN });
const called = new Set();

/** One call; lists come back whole, by the SDK's own collections. */
async function call(api, method, parameters) {
  called.add(method);
  const found = await client[`${api}Api`][method](parameters);
  if (!found || typeof found.each !== "function") return found;
  const all = [];
  await found.each((one) => void all.push(one));
  return all;
}

/** The refusal of a call. */
async function refused(api, method, parameters) {
  try {
    await call(api, method, parameters);
  } catch (error) {
    return error;
  }
  throw new Error(`${method} was not refused`);
}

/** What a GET says without the SDK. */
async function raw(path) {
  const headers = { Authorization: `SSWS ${TOKEN}` };
  const answer = await fetch(`${ORG_URL}/api/v1/${path}`, { headers });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body;
}

/** Run it; the last line of output says what was called. */
function run(main) {
  main(WORLD ? JSON.parse(WORLD) : {}).then(
    () => console.log(JSON.stringify([...called])),
    (error) => {
      console.error(error.stack, JSON.stringify(error.errorCauses ?? []));
      process.exit(1);
    },
  );
}

module.exports = { assert, call, raw, refused, run };
