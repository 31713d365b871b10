"""Servers and installations for fault tests; nothing of them survives the session."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.cascades import Scene
from tests.faults.servers import Postgres, Redis, wait_until
from tests.faults.service_world import ServiceWorld
from tests.processes import Installation, installation
from tests.services import find_postgres, find_redis

Install = Callable[..., Installation]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here breaks something; the slow ones are for `make faults`."""
    wanted = os.environ.get("ALL_FAULTS") == "1"
    for item in items:
        if not item.nodeid.startswith("tests/faults/"):
            continue
        item.add_marker(pytest.mark.fault)
        if item.get_closest_marker("slow_fault") and not wanted:
            item.add_marker(pytest.mark.skip(reason="slow: run `make faults`"))


@pytest.fixture(scope="session")
def service_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may pass through, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="authzsite-faults-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def session_cluster(service_folder: Path) -> Iterator[Postgres]:
    """A PostgreSQL server of the session's own."""
    if find_postgres() is None:
        missing("PostgreSQL")
    folder = service_folder / "postgres"
    folder.mkdir()
    service_folder.chmod(0o711)
    server = Postgres(folder)
    try:
        server.create()
        yield server
    finally:
        server.end()


@pytest.fixture
def cluster(session_cluster: Postgres) -> Postgres:
    """The session's server, running, whatever the test before has left of it."""
    if session_cluster.child is None:
        session_cluster.start()
    return session_cluster


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    if find_redis() is None:
        missing("Redis")
    server = Redis(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Installations of the test's own."""
    with ExitStack() as stack:

        def make(**environment: str) -> Installation:
            folder = tmp_path / f"data-{len(os.listdir(tmp_path))}"
            return stack.enter_context(installation(folder, **environment))

        yield make


@pytest.fixture(scope="session", params=["pipelined", "wsgi"])
def on_postgres(
    session_cluster: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Installation, ServiceWorld]]:
    """An installation on a database of its own of the session's PostgreSQL, seeded; nothing of it
    runs yet. Once with each edge."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    with session_cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {request.param}".encode())
    environment = {
        "DATABASE_URL": f"{session_cluster.url.rpartition('/')[0]}/{request.param}",
        "WEB_PROCESSES": "2",
        "EDGE": request.param,
    }
    with installation(folder, **environment) as made:
        yield made, ServiceWorld.seed(made)


@pytest.fixture
def served(
    cluster: Postgres, on_postgres: tuple[Installation, ServiceWorld]
) -> tuple[Installation, ServiceWorld]:
    """The installation on PostgreSQL with its web server, the session's: it has to survive."""
    made, world = on_postgres
    if not made.running:
        made.start_web()
    wait_until(world.is_well)
    return made, world


@pytest.fixture(scope="session")
def brokered(
    session_cluster: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """An installation on a database and a Redis of its own, seeded; nothing of it runs yet."""
    if find_redis() is None:
        missing("Redis")
    folder = tmp_path_factory.mktemp("brokered")
    with session_cluster.connect() as connection:
        connection.execute("CREATE DATABASE brokered")
    server = Redis(folder)
    environment = {
        "DATABASE_URL": session_cluster.url.rpartition("/")[0] + "/brokered",
        "REDIS_URL": server.url,
        "WEB_PROCESSES": "2",
    }
    try:
        server.start()
        with installation(folder / "data", **environment) as made:
            yield Scene(made, ServiceWorld.seed(made), server)
    finally:
        server.end()


@pytest.fixture
def scene(cluster: Postgres, brokered: Scene) -> Scene:
    """The installation with a broker, its Redis running and empty."""
    if brokered.redis.child is None:
        brokered.redis.start()
    brokered.redis.ask("FLUSHALL")
    return brokered


def missing(name: str) -> None:
    """Skip, or fail where nothing may be skipped."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{name} is missing and REQUIRE_SERVICES=1.")
    pytest.skip(f"{name} is missing: run `make test`.")
