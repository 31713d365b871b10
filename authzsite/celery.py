"""The Celery app: Redis as broker, or files in DATA_DIR for an installation of one machine.

Neither is trusted with the truth: what has to be done is a row (the outbox), and a message only
says "look now".
"""

import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authzsite.settings")

from django.apps import apps as django_apps  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils.module_loading import module_has_submodule  # noqa: E402

from authzsite.postgresql import patience  # noqa: E402

STATEMENT_SECONDS = 20.0
BROKER_DIR = Path(settings.DATA_DIR) / "broker"
FOLDERS: dict[str, str] = {
    name: str(BROKER_DIR / name) for name in ("queue", "processed", "control")
}


def file_broker() -> dict[str, Any]:
    """kombu's filesystem transport, inside folders that only we can read."""
    for folder in (BROKER_DIR, *map(Path, FOLDERS.values())):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "broker_url": "filesystem://localhost/",
        "broker_transport_options": {
            "data_folder_in": FOLDERS["queue"],
            "data_folder_out": FOLDERS["queue"],
            "processed_folder": FOLDERS["processed"],
            "control_folder": FOLDERS["control"],
            "polling_interval": 0.1,
        },
        # Each control client would leave a file behind for ever.
        "worker_enable_remote_control": False,
    }


def redis_broker(url: str) -> dict[str, Any]:
    """Redis or Valkey; a stuck one costs the publisher half a second, never a hang."""
    return {
        "broker_url": url,
        "broker_transport": "authzsite.broker:Transport",
        "broker_transport_options": {
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.5,
            "socket_keepalive": True,
            "retry_on_timeout": False,
            # Of publishers: kombu would otherwise try for seconds to connect anew (F9, F10).
            "max_retries": 0,
            # What a killed worker held comes back after this long; no task runs a tenth of it.
            "visibility_timeout": 600,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        },
        # Workers do wait for it.
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # One per thread: nobody waits for another one's half second.
        "broker_pool_limit": settings.WEB_THREADS,
    }


app = Celery("authzsite")
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_publish_retry=False,
    task_default_queue="authzsite",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    beat_schedule_filename=str(Path(settings.DATA_DIR) / "beat-schedule"),
    timezone="UTC",
    **(redis_broker(settings.REDIS_URL) if settings.REDIS_URL else file_broker()),
)
app.autodiscover_tasks()


@app.on_after_finalize.connect
def collect_schedules(sender: Celery, **kwargs: Any) -> None:
    """Every `tasks.py` may name its periodic tasks in `BEAT_SCHEDULE`; beat runs their union.

    By Django's own list: Celery's loader would check the whole project first and set up logging
    anew, and a failure in there would leave beat without a schedule.
    """
    for config in django_apps.get_app_configs():
        if module_has_submodule(config.module, "tasks"):
            module = import_module(f"{config.name}.tasks")
            sender.conf.beat_schedule.update(getattr(module, "BEAT_SCHEDULE", {}))
    # A tick that no worker took before the next one says nothing any more (F7).
    for entry in sender.conf.beat_schedule.values():
        entry.setdefault("options", {}).setdefault("expires", entry["schedule"])


@setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Django has configured logging already; a receiver here stops Celery from doing it again."""


@worker_init.connect
def keep_messages_private(**kwargs: Any) -> None:
    """The filesystem transport moves messages through the temporary folder: use our own."""
    if not settings.REDIS_URL:
        tempfile.tempdir = FOLDERS["processed"]


@task_prerun.connect
def bound_waits(**kwargs: Any) -> None:
    """A database that hangs must not keep a thread for ever; no statement may run so long."""
    patience.each(STATEMENT_SECONDS)


@worker_ready.connect
def say_ready(**kwargs: Any) -> None:
    """For the supervisor, which waits for it."""
    (Path(settings.DATA_DIR) / "worker.ready").touch()
