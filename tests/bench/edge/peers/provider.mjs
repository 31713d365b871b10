// oidc-provider as it would run in production for machines: static clients, three token formats by
// resource, rotation at every refresh, no pages of its own. KEYS, STORAGE and SECRET come from the
// environment.
import Provider from 'oidc-provider';

const SCOPE = 'orders:read';
const DAY = 86400;

export function makeProvider(Adapter, port) {
  const jwt = (alg) => ({ scope: SCOPE, accessTokenFormat: 'jwt', jwt: { sign: { alg } } });
  const resources = { 'urn:bench:rs256': jwt('RS256'), 'urn:bench:es256': jwt('ES256') };
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    adapter: Adapter,
    jwks: JSON.parse(process.env.KEYS),
    cookies: { keys: [process.env.SECRET] },
    clients: [{
      client_id: 'bench',
      client_secret: process.env.SECRET,
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      redirect_uris: ['https://app.example.com/callback'],
      id_token_signed_response_alg: 'ES256',
    }],
    scopes: ['openid', 'offline_access', SCOPE],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => resources[resource],
      },
    },
    rotateRefreshToken: true,
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: {
      AccessToken: DAY, ClientCredentials: DAY, RefreshToken: 7 * DAY, Grant: 7 * DAY,
    },
  });
  return provider;
}
