"""Every limit in one place, with its reason.

Lengths count characters unless a name says otherwise; lifetimes carry their unit in the name; a
pair is (smallest, largest), both allowed. Nothing else in the project may write such a number.
"""

from typing import Final

Range = tuple[int, int]

# Requests. An unauthenticated request costs under 50 ms and 2 MiB, whatever it carries.
MAX_PARAMETER_LENGTH: Final = 8192  # one form or query value; longer is no honest parameter
MAX_SCOPE_PARAMETER_LENGTH: Final = 4096  # as Okta; about 200 scopes of usual length
MAX_SCOPES: Final = 500  # per request; more are refused before they are looked up
MAX_ASSERTION_LENGTH: Final = 16384  # client assertions and request objects carry claims
MAX_TOKEN_LENGTH: Final = 16384  # a token presented for introspection, revocation or use
MAX_BODY_LENGTH: Final = 65536  # octets of a protocol request, refused (413) before parsing
MAX_JSON_BODY_LENGTH: Final = 1_048_576  # octets of a management request (policies with many ids)
MAX_JSON_DEPTH: Final = 32  # deeper documents exhaust the parser's stack
MAX_FORM_FIELDS: Final = 1000  # Django refuses above this; our answer must be OAuth's
MAX_STATE_LENGTH: Final = 4096  # echoed into a redirect, so it must fit in a URL
MAX_NONCE_LENGTH: Final = 1024  # echoed into the ID token
MAX_LOGIN_HINT_LENGTH: Final = 1024  # clients send addresses, sometimes with a display name
MAX_JTI_LENGTH: Final = 256  # stored only as a digest
MAX_AGE_SECONDS: Final[Range] = (0, 2**31 - 1)  # OIDC max_age; the largest Okta accepts

# Secrets and keys.
SECRET_LENGTH: Final[Range] = (14, 100)  # imported secrets, as Okta; ours have 256 bits
MAX_PRESENTED_SECRET: Final = 255  # imported ones may be longer than those chosen here
CLIENT_SECRETS_LIVE: Final = 2  # rotation with overlap needs two, never more
MAX_CLIENT_KEYS: Final = 50  # keys of a client's own JWKS
MAX_JWKS_LENGTH: Final = 65536  # octets, inline or fetched
MIN_RSA_BITS: Final = 2048  # RFC 7518 §3.3
PASSWORD_LENGTH: Final[Range] = (8, 200)  # above it hashing is only cost

# Lifetimes. Access tokens of rules in minutes, as Okta's rules; everything else in seconds.
ACCESS_TOKEN_MINUTES: Final[Range] = (5, 1440)  # R8
DEFAULT_ACCESS_TOKEN_MINUTES: Final = 60
MAX_REFRESH_TOKEN_MINUTES: Final = 52_560_000  # 100 years; keeps dates inside every database
DEFAULT_REFRESH_TOKEN_MINUTES: Final = 0
REFRESH_WINDOW_MINUTES: Final[Range] = (10, 2_628_000)  # R8: up to 5 years idle
DEFAULT_REFRESH_WINDOW_MINUTES: Final = 10_080  # 7 days
ID_TOKEN_SECONDS: Final = 3600  # R12: always
CODE_SECONDS: Final = 60  # authorization codes travel through a browser
TRANSACTION_SECONDS: Final = 1800  # sign-in with a second factor and consent, unhurried
CONFIG_ACCESS_SECONDS: Final[Range] = (60, 3600)  # R19
DEFAULT_CONFIG_ACCESS_SECONDS: Final = 3600
CONFIG_REFRESH_SECONDS: Final[Range] = (60, 31_557_600)  # R19: up to a Julian year
DEFAULT_CONFIG_REFRESH_SECONDS: Final = 7_776_000  # 90 days
LEEWAY_SECONDS: Final[Range] = (0, 60)  # R13
DEFAULT_LEEWAY: Final = 30  # seconds, R13
MAX_REFRESH_RETRIES: Final = 100  # answered inside one leeway: many tabs at once, never a flood
MAX_CLIENT_ASSERTION_SECONDS: Final = 3600  # `exp` ahead of now; Okta's SDKs sign for 50 minutes
CLOCK_SKEW_SECONDS: Final = 60  # `iat` and `nbf` of foreign tokens may lie this far ahead

# Names and texts of the configuration, as Okta's API documents or records them.
SERVER_NAME_LENGTH: Final[Range] = (1, 100)
SERVER_ID_LENGTH: Final[Range] = (1, 64)  # one path segment
MAX_AUDIENCE_LENGTH: Final = 1024
MAX_DESCRIPTION_LENGTH: Final = 255  # of policies; servers and scopes share it
SCOPE_NAME_LENGTH: Final[Range] = (1, 255)
CLAIM_NAME_LENGTH: Final[Range] = (1, 255)
POLICY_NAME_LENGTH: Final[Range] = (1, 100)
RULE_NAME_LENGTH: Final[Range] = (1, 100)
CLIENT_LABEL_LENGTH: Final[Range] = (1, 100)
CLIENT_ID_LENGTH: Final[Range] = (6, 100)
LOGIN_LENGTH: Final[Range] = (5, 100)
EMAIL_LENGTH: Final[Range] = (5, 100)
PERSON_NAME_LENGTH: Final[Range] = (1, 50)  # first and last name
MAX_PROFILE_MEMBERS: Final = 200  # attributes of a user beside the standard ones
MAX_PROFILE_NAME: Final = 100
MAX_PROFILE_TEXT: Final = 1024  # a standard attribute that Okta's schema gives no length
GROUP_NAME_LENGTH: Final[Range] = (1, 255)
EVENT_HOOK_NAME_LENGTH: Final[Range] = (1, 100)
HOOK_HEADER_LENGTH: Final[Range] = (1, 100)  # the name of the header that a receiver asks for
HOOK_HEADER_VALUE_LENGTH: Final[Range] = (1, 1000)
MAX_EVENT_HOOKS: Final = 25  # active ones, as Okta
HOOK_SECRETS_LIVE: Final = 2  # rotation with overlap, as for clients
MAX_INLINE_HOOKS: Final = 100  # as Okta
MAX_HOOK_HEADERS: Final = 10  # of an inline hook, beside the one that its receiver asks for
HOOK_LIFETIME_SECONDS: Final[Range] = (300, 86_400)  # what an inline hook may make of a token's
MAX_HOOK_CLAIMS: Final = 16_384  # octets of the claims that an inline hook leaves in a token
MAX_HOOK_SUMMARY: Final = 255  # of its refusal, which the client hears
TOKEN_POLICY_TITLE_LENGTH: Final[Range] = (1, 200)
LOGIN_POLICY_TITLE_LENGTH: Final[Range] = (1, 200)
STORE_MEMBER_LENGTH: Final[Range] = (1, 255)  # one member of a login policy's identity store
MAX_CUSTOM_CLAIMS: Final = 100  # of one login policy
MAX_ATTRIBUTE_PATH_LENGTH: Final = 255  # of a profile attribute, dotted
MAX_POLICY_TESTS: Final = 200  # per server: all run before each change of its policies
MAX_PRIORITY: Final = 10_000  # above every real list; keeps the number in 32 bits
MAX_LIST_LENGTH: Final = 1000  # ids in one condition
MAX_OUTCOME_REASON_LENGTH: Final = 255  # Okta's LogEvent

# URIs.
MAX_URI_LENGTH: Final = 2000  # as wide as the columns; checked before parsing (row 86)
MAX_REDIRECT_URIS: Final = 100  # per client; the list is compared one by one
MAX_ORIGINS: Final = 100  # per client
MAX_REGISTERED_CLIENTS: Final = 1000  # that exist at once of those that one caller has registered

# Patterns, filters and expressions: written by administrators, run per request.
MAX_PATTERN_LENGTH: Final = 1024  # one pattern scope
MAX_PATTERN_SEGMENTS: Final = 50
MAX_PATTERNS: Final = 200  # `allowedScopes` of one token policy
MAX_PATH_LENGTH: Final = 4096  # request path that is matched against patterns
MAX_PATH_SEGMENTS: Final = 200
MAX_FILTER_LENGTH: Final = 255  # group filter
REGEX_MEMORY_BYTES: Final = 1_048_576  # compiled group filter; bigger ones are refused
MAX_GROUPS_IN_CLAIM: Final = 100  # as Okta: more fail the request
MAX_EXPRESSION_LENGTH: Final = 4096
MAX_EXPRESSION_NESTING: Final = 24  # parentheses, calls and ternaries inside one another
MAX_EXPRESSION_TEXT: Final = 16384  # any text that an expression builds
MAX_EXPRESSION_ITEMS: Final = 1000  # any list that an expression builds or reads

# Background work.
SWEEP_BATCH_ROWS: Final = 5000  # R15 background work: no statement touches more
