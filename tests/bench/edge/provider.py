"""node's oidc-provider, with Redis or PostgreSQL behind it; and the least server there can be."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey, RSAKey

from tests import services
from tests.bench.edge.generator import Request
from tests.bench.edge.installations import (
    PEERS,
    PROCESSES,
    Stores,
    answering,
    packages,
    seed,
)
from tests.bench.edge.subject import (
    ES256,
    INTROSPECT,
    KEYS,
    OPAQUE,
    RS256,
    Need,
    Subject,
    asking,
    read_supplies,
    spending,
    token_requests,
)
from tests.bench.product import process_group

FORMATS: Final = {
    OPAQUE: "",
    ES256: "&resource=urn%3Abench%3Aes256",
    RS256: "&resource=urn%3Abench%3Ars256",
}


@contextmanager
def provider(stores: Stores, title: str, storage: str, need: Need) -> Iterator[Subject]:
    """Two processes. JWTs aren't kept there, so they can't be introspected."""
    folder, port, secret = stores.place("provider"), services.free_port(), secrets.token_hex(32)
    home = scripts(folder)
    environment = os.environ | {
        "NODE_ENV": "production",
        "PORT": str(port),
        "STORAGE": storage,
        "SECRET": secret,
        "KEYS": keys(),
        "WORKERS": str(PROCESSES),
        "FOLDER": str(folder),
        "REFRESH": str(need.refresh),
        "REVOKE": str(need.revoke),
        "INTROSPECT": str(need.introspect),
    }
    seed(["node", str(home / "seed.mjs")], environment)
    is_redis = storage.startswith("redis")
    with process_group(["node", str(home / "server.mjs")], folder / "log", environment) as pid:
        answering(port)
        yield Subject(
            title,
            port,
            pid,
            requests(("bench", secret)),
            read_supplies(folder),
            (stores.redis_pid,) if is_redis else (stores.postgres_pid,),
            "" if is_redis else storage,
            most=need.most,
        )


def requests(own: tuple[str, str]) -> dict[str, Request]:
    """The same as everywhere."""
    found = {name: token_requests("/token", own, more=more) for name, more in FORMATS.items()}
    found |= spending("/token", "/token/revocation", owner=own, refresher=own)
    return found | {INTROSPECT: asking("/token/introspection", own), KEYS: Request("/jwks")}


def scripts(folder: Path) -> Path:
    """Our scripts beside the packages that they import."""
    home = folder / "home"
    home.mkdir()
    for script in PEERS.glob("*.mjs"):
        shutil.copy(script, home)
    (home / "node_modules").symlink_to(packages())
    return home


def keys() -> str:
    """A private JWKS."""
    rsa = RSAKey.generate_key(2048).as_dict(private=True)
    ec = ECKey.generate_key("P-256").as_dict(private=True)
    signing = {"use": "sig"}
    listed = [{**rsa, **signing, "alg": "RS256"}, {**ec, **signing, "alg": "ES256"}]
    return json.dumps({"keys": listed})


@contextmanager
def trivial(folder: Path) -> Iterator[int]:
    """A server that answers whatever it hears; its port."""
    port = services.free_port()
    environment = os.environ | {"PORT": str(port)}
    command = ["node", str(PEERS / "trivial.mjs")]
    with process_group(command, folder / "trivial.log", environment):
        answering(port)
        yield port
