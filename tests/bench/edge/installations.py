"""Servers to measure, each started and ended here: ours on either database and by either edge, and
the peers. What they share: PostgreSQL and Redis of our own, with the settings of production."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import redis as redis_client
from joserfc.jwk import ECKey, RSAKey

from tests import node, services
from tests.bench.edge.generator import Request
from tests.bench.edge.statements import track
from tests.bench.edge.subject import Need, Subject, read_supplies
from tests.bench.product import process_group, role, wait_until_live
from tests.docs.blocks import ROOT

DURABLE: Final = {
    "fsync": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
}
COUNTING: Final = {"shared_preload_libraries": "pg_stat_statements"}
SEED_SECONDS: Final = 1800
PROCESSES: Final = 2
PEERS: Final = Path(__file__).with_name("peers")


@dataclass(frozen=True, slots=True)
class Stores:
    """PostgreSQL and Redis, by URL and process id, and a private folder."""

    folder: Path
    postgres: str
    postgres_pid: int
    redis: str
    redis_pid: int

    def database(self, name: str) -> str:
        """A new, empty database; its URL."""
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.postgres.rpartition("/")[0] + f"/{name}"

    def place(self, name: str) -> Path:
        """A new folder."""
        made = self.folder / f"{name}-{secrets.token_hex(4)}"
        made.mkdir(mode=0o700)
        return made


@contextmanager
def stores(folder: Path) -> Iterator[Stores]:
    """Both servers; statements are counted where PostgreSQL has the extension for it."""
    library = Path(services.postgres_binary("pg_config")).parent.parent / "lib"
    counting = COUNTING if list(library.glob("pg_stat_statements.*")) else {}
    with ExitStack() as stack:
        url = stack.enter_context(services.postgres(folder, **DURABLE, **counting))
        redis = stack.enter_context(services.redis(folder))
        if counting:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION pg_stat_statements")
                track(connection, "none")
        pid = int((folder / "postgres" / "postmaster.pid").read_text().split()[0])
        info: Any = redis_client.Redis.from_url(redis).info("server")
        yield Stores(folder, url, pid, redis, int(info["process_id"]))


def seed(command: list[str], environment: Mapping[str, str]) -> None:
    """Run it to its end; its words only when it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        timeout=SEED_SECONDS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stdout[-4000:]}")


def read_requests(folder: Path) -> dict[str, Request]:
    """What a seed has written."""
    found = json.loads((folder / "requests.json").read_text())
    return {
        name: Request(**{**one, "credentials": one["credentials"] and tuple(one["credentials"])})
        for name, one in found.items()
    }


@dataclass(frozen=True, slots=True)
class Ours:
    """An installation of the product: `url` is empty for SQLite."""

    folder: Path
    port: int
    url: str
    edge: str
    redis: str = ""

    def environment(self) -> dict[str, str]:
        """As for production; the tests' `testserver` is for the seed, which asks in its process."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "authzsite.settings",
            "DATA_DIR": str(self.folder / "data"),
            "DATABASE_URL": self.url,
            "REDIS_URL": self.redis,
            "PORT": str(self.port),
            "BASE_URL": f"http://localhost:{self.port}",
            "BIND": "127.0.0.1",
            "ALLOWED_HOSTS": "testserver",
            "DEMO": "0",
            "EDGE": self.edge,
            "LOG_LEVEL": "WARNING",
            "WEB_PROCESSES": str(PROCESSES if self.url else 1),
        }

    def seed(self, need: Need) -> None:
        """Configuration and tokens."""
        command = [sys.executable, "-m", "tests.bench.edge.seed", str(self.folder)]
        seed([*command, json.dumps(asdict(need))], self.environment())


@contextmanager
def ours(stores: Stores, title: str, made: Ours, *, most: int) -> Iterator[Subject]:
    """The web server of an installation that has its seed."""
    is_postgres = bool(made.url)
    with role("web", made.folder, made.environment()) as pid:
        wait_until_live(made.port)
        yield Subject(
            title,
            made.port,
            pid,
            read_requests(made.folder),
            read_supplies(made.folder),
            (stores.postgres_pid, stores.redis_pid) if is_postgres else (),
            made.url,
            f"localhost:{made.port}",
            most,
        )


def new_ours(stores: Stores, name: str, *, edge: str = "wsgi", url: str = "") -> Ours:
    """Without data yet."""
    redis = stores.redis if url else ""
    return Ours(stores.place(name), services.free_port(), url, edge, redis)


@contextmanager
def toolkit(
    stores: Stores, title: str, url: str, need: Need, *, hasher: str = "cheap"
) -> Iterator[Subject]:
    """django-oauth-toolkit behind the same server program with as many processes and threads."""
    folder, port = stores.place("toolkit"), services.free_port()
    write_keys(folder)
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.bench.edge.toolkit_settings",
        "TOOLKIT_DATABASE_URL": url or f"sqlite:{folder / 'toolkit.sqlite3'}",
        "TOOLKIT_FOLDER": str(folder),
        "TOOLKIT_HASHER": hasher,
    }
    command = [sys.executable, "-m", "tests.bench.edge.toolkit_seed", str(folder)]
    seed([*command, json.dumps(asdict(need))], environment)
    server = [
        *(sys.executable, "-m", "granian", "--factory", "django.core.wsgi:get_wsgi_application"),
        *("--interface", "wsgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(PROCESSES if url else 1), "--blocking-threads", "4"),
        *("--backlog", "4096", "--backpressure", "4096", "--log-level", "warning"),
    ]
    database = (stores.postgres_pid,) if url else ()
    with process_group(server, folder / "web.log", environment) as pid:
        answering(port)
        found = read_requests(folder), read_supplies(folder)
        yield Subject(title, port, pid, *found, database, url, most=need.most)


def write_keys(folder: Path) -> None:
    """An RSA and an EC key as PEM."""
    (folder / "rsa.pem").write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    (folder / "ec.pem").write_bytes(ECKey.generate_key("P-256").as_pem(private=True))


def answering(port: int, seconds: float = 60.0) -> None:
    """Until somebody listens."""
    deadline = time.monotonic() + seconds
    while not services.can_connect(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nobody listens on port {port}")
        time.sleep(0.05)


def packages() -> Path:
    """Node's packages of the peers, from the lock file beside them."""
    return node.installed(PEERS)
