"""PostgreSQL and Redis of our own, on free ports in a temporary folder, stopped by process id."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PSQL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)


def find_postgres() -> Path | None:
    """The folder of `initdb` and `postgres`: the newest of the system's, else the path's."""
    folders = [
        f for pattern in PSQL_FOLDERS for f in sorted(Path("/").glob(pattern[1:]), key=version)
    ]
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent, *folders] if on_path else folders
    usable = [folder for folder in folders if (folder / "postgres").exists()]
    return usable[-1] if usable else None


def version(folder: Path) -> list[int]:
    """Numbers in a path, so that 15 comes after 9."""
    return [int(part) for part in folder.parts if part.isdigit()]


def find_redis() -> str | None:
    """Redis or Valkey."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def find_chromium() -> str | None:
    """A browser that Playwright can drive; Ubuntu's is only a pointer to a snap."""
    found = [path for name in CHROMIUM_NAMES if (path := shutil.which(name))]
    return next(
        (path for path in found if "snap" not in Path(path).read_text("latin-1")[:2000]), None
    )


def find_node() -> str | None:
    """Node.js, with npm beside it."""
    return shutil.which("node") if shutil.which("npm") else None


def missing_services() -> list[str]:
    """What `make test` would have to skip."""
    finders = {
        "PostgreSQL": find_postgres,
        "Redis": find_redis,
        "Chromium": find_chromium,
        "Node.js": find_node,
    }
    return [name for name, find in finders.items() if find() is None]


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgres(folder: Path, **settings: str) -> Iterator[str]:
    """A server with its own `settings` on top of ours, on the cluster that the folder has, or a
    new one; yields its URL."""
    data, port = folder / "postgres", free_port()
    is_new = not data.exists()
    demote = demotion(data)
    if is_new:
        make_cluster(data, demote)
    url = f"postgresql://authzsite@127.0.0.1:{port}/postgres"
    with process(postgres_command(data, port, **settings), folder / "pg.log", **demote):
        wait_for(lambda: can_query(url), folder / "pg.log")
        yield url


def postgres_binary(name: str) -> str:
    """The path of one of PostgreSQL's programs."""
    binaries = find_postgres()
    assert binaries, "PostgreSQL isn't installed"
    return str(binaries / name)


def make_cluster(data: Path, demote: dict[str, Any]) -> None:
    """An empty cluster in an existing, empty folder."""
    flags = ["-U", "authzsite", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(
        [postgres_binary("initdb"), "-D", str(data), *flags],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TZ": "UTC"},  # initdb otherwise tries every zone there is
        cwd="/",
        **demote,
    )


def postgres_command(data: Path, port: int, **settings: str | None) -> list[str]:
    """The command line of a server on a cluster; `settings` come on top of ours, and None
    leaves it to the cluster's own configuration."""
    options: dict[str, str | None] = {
        "fsync": "off",  # a test's data needn't survive a power cut
        "synchronous_commit": "on",  # but what it proves about commits has to hold
        "full_page_writes": "off",
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "300",
        "shared_buffers": "128MB",
        **settings,
    }
    given = [(name, value) for name, value in options.items() if value is not None]
    flags = [part for name, value in given for part in ("-c", f"{name}={value}")]
    return [postgres_binary("postgres"), "-D", str(data), *flags]


def demotion(data: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: become somebody else, who owns the folder."""
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return {}
    names = [name for name in ("postgres", "nobody") if has_user(name)]
    user = pwd.getpwnam(names[0])
    data.parent.chmod(0o711)
    os.chown(data, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid}


def has_user(name: str) -> bool:
    """Whether the system knows them."""
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def can_query(url: str) -> bool:
    """Whether the server answers."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() is not None
    except psycopg.OperationalError:
        return False


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A server without persistence; yields its URL."""
    binary, port = find_redis(), free_port()
    assert binary, "Redis isn't installed"
    command = [
        binary,
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    with process([*command, "--dir", str(folder)], folder / "redis.log"):
        wait_for(lambda: can_connect(port), folder / "redis.log")
        yield f"redis://127.0.0.1:{port}/0"


def can_connect(port: int) -> bool:
    """Whether somebody listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def wait_for(condition: Callable[[], bool], log: Path) -> None:
    """Until it holds, or with the server's own words."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(log.read_text()[-2000:])
        time.sleep(0.05)


@contextlib.contextmanager
def process(command: list[str], log: Path, **options: Any) -> Iterator[None]:
    """A child for as long as the block lasts; SIGINT is PostgreSQL's fast shutdown."""
    with log.open("w") as output:
        child = subprocess.Popen(
            command, stdout=output, stderr=output, cwd="/", start_new_session=True, **options
        )
    try:
        yield
    finally:
        child.send_signal(2 if "postgres" in Path(command[0]).name else 15)
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
