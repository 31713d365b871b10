// Storage for oidc-provider. Its example adapter for Redis, in the shape of today's ioredis; and the
// same on one table of PostgreSQL, each operation one statement, each write its own commit.
import Redis from 'ioredis';
import pg from 'pg';

const GRANTABLE = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode']);

export function redisAdapter(url) {
  const client = new Redis(url, { enableAutoPipelining: true });
  const key = (model, id) => `oidc:${model}:${id}`;
  return class RedisAdapter {
    static client = client;
    constructor(model) { this.model = model; }

    static async fill(model, rows, ttl) {
      for (let from = 0; from < rows.length; from += 1000) {
        const pipeline = client.pipeline();
        for (const row of rows.slice(from, from + 1000)) {
          pipeline.set(key(model, row.jti), JSON.stringify(row), 'EX', ttl);
        }
        await pipeline.exec();
      }
    }

    async upsert(id, payload, expiresIn) {
      const name = key(this.model, id);
      const multi = client.multi();
      if (this.model === 'RefreshToken') {
        multi.hset(name, { payload: JSON.stringify(payload) });
        if (expiresIn) multi.expire(name, expiresIn);
      } else if (expiresIn) {
        multi.set(name, JSON.stringify(payload), 'EX', expiresIn);
      } else {
        multi.set(name, JSON.stringify(payload));
      }
      if (GRANTABLE.has(this.model) && payload.grantId) {
        const family = `oidc:grant:${payload.grantId}`;
        multi.rpush(family, name);
        if (expiresIn) multi.expire(family, expiresIn);
      }
      await multi.exec();
    }

    async find(id) {
      const name = key(this.model, id);
      if (this.model !== 'RefreshToken') {
        const text = await client.get(name);
        return text ? JSON.parse(text) : undefined;
      }
      const { payload, ...rest } = await client.hgetall(name);
      return payload ? { ...rest, ...JSON.parse(payload) } : undefined;
    }

    async findByUid() { return undefined; }
    async findByUserCode() { return undefined; }

    async consume(id) {
      await client.hset(key(this.model, id), 'consumed', Math.floor(Date.now() / 1000));
    }

    async destroy(id) { await client.del(key(this.model, id)); }

    async revokeByGrantId(grantId) {
      const family = `oidc:grant:${grantId}`;
      await client.del(family, ...(await client.lrange(family, 0, -1)));
    }
  };
}

export const TABLE = `CREATE TABLE oidc_payload (
  model text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text,
  consumed_at timestamptz, expires_at timestamptz, PRIMARY KEY (model, id));
  CREATE INDEX oidc_grant ON oidc_payload (grant_id) WHERE grant_id IS NOT NULL`;
const FIND = `SELECT payload, extract(epoch FROM consumed_at)::int AS consumed FROM oidc_payload
  WHERE model = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > now())`;
const UPSERT = `INSERT INTO oidc_payload (model, id, payload, grant_id, expires_at)
  VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
  ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`;
const FILL = `INSERT INTO oidc_payload (model, id, payload, grant_id, expires_at)
  SELECT $1, row->>'jti', row, row->>'grantId', now() + $3 * interval '1 second'
  FROM jsonb_array_elements($2) row`;
const CONSUME = 'UPDATE oidc_payload SET consumed_at = now() WHERE model = $1 AND id = $2';
const DESTROY = 'DELETE FROM oidc_payload WHERE model = $1 AND id = $2';
const REVOKE = 'DELETE FROM oidc_payload WHERE grant_id = $1';

export function postgresAdapter(url) {
  const client = new pg.Pool({ connectionString: url, max: 16 });
  // Named statements are parsed once per connection.
  const run = (name, text, values) => client.query({ name, text, values });
  return class PostgresAdapter {
    static client = client;
    constructor(model) { this.model = model; }

    static async fill(model, rows, ttl) {
      for (let from = 0; from < rows.length; from += 5000) {
        await client.query(FILL, [model, JSON.stringify(rows.slice(from, from + 5000)), ttl]);
      }
    }

    async upsert(id, payload, expiresIn) {
      const grantId = GRANTABLE.has(this.model) ? payload.grantId : null;
      const values = [this.model, id, JSON.stringify(payload), grantId ?? null, expiresIn ?? null];
      await run('upsert', UPSERT, values);
    }

    async find(id) {
      const { rows: [row] } = await run('find', FIND, [this.model, id]);
      if (!row) return undefined;
      return row.consumed ? { ...row.payload, consumed: row.consumed } : row.payload;
    }

    async findByUid() { return undefined; }
    async findByUserCode() { return undefined; }
    async consume(id) { await run('consume', CONSUME, [this.model, id]); }
    async destroy(id) { await run('destroy', DESTROY, [this.model, id]); }
    async revokeByGrantId(grantId) { await run('revoke', REVOKE, [grantId]); }
  };
}

export function adapterOf(url) {
  return url.startsWith('redis') ? redisAdapter(url) : postgresAdapter(url);
}
