"""Grant types, one module each; listed here and nowhere else.

To add one, write a module like `client_credentials` (`SPEC`, `lookup`, `prove`) and add it to
`MODULES`.
"""

from types import ModuleType

from apps.oauth.grants import authorization_code, client_credentials, refresh_token

MODULES: tuple[ModuleType, ...] = (authorization_code, client_credentials, refresh_token)
GRANTS: dict[str, ModuleType] = {module.SPEC.name: module for module in MODULES}
