// Lists of tokens for the generator. Each is made once by oidc-provider's own models and then
// copied under new ids, as rows: REFRESH, REVOKE and INTROSPECT say how many, FOLDER where.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { adapterOf, TABLE } from './adapters.mjs';
import { makeProvider } from './provider.mjs';

const TTL = 86400;
const SCOPE = 'openid offline_access orders:read'; // so each refresh signs an ID token, by ES256
const Adapter = adapterOf(process.env.STORAGE);
if (process.env.STORAGE.startsWith('postgres')) await Adapter.client.query(TABLE);
const provider = makeProvider(Adapter, process.env.PORT);
const client = await provider.Client.find('bench');
const fresh = () => randomBytes(33).toString('base64url').slice(0, 43);

async function spread(name, model, count) {
  const { payload } = await model.getValueAndPayload();
  const rows = Array.from({ length: count }, () => ({ ...payload, jti: fresh() }));
  await Adapter.fill(model.kind, rows, TTL);
  writeFileSync(`${process.env.FOLDER}/${name}`, rows.map((row) => `${row.jti}\n`).join(''));
}

async function refreshTokens(count) {
  const names = [];
  for (let n = 0; n < count; n += 1) {
    const grant = new provider.Grant({ accountId: `user${n}`, clientId: 'bench' });
    grant.addOIDCScope(SCOPE);
    const grantId = await grant.save(TTL);
    const token = new provider.RefreshToken({
      accountId: `user${n}`, client, grantId, gty: 'authorization_code',
      authTime: Math.floor(Date.now() / 1000), scope: SCOPE,
    });
    names.push(`${await token.save()}\n`);
  }
  writeFileSync(`${process.env.FOLDER}/refresh`, names.join(''));
}

const own = new provider.ClientCredentials({ client, scope: 'orders:read' });
own.jti = own.generateTokenId();
await spread('introspect', own, Number(process.env.INTROSPECT));
await spread('revoke', own, Number(process.env.REVOKE));
await refreshTokens(Number(process.env.REFRESH));
process.exit(0);
