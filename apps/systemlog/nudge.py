"""Telling a worker to look now. Only a hint: what is to be done is a row, and beat looks anyway."""

from typing import Any


def nudge(task: str, *args: Any) -> None:
    """Send a task by its name."""
    from celery import current_app

    current_app.send_task(task, args=list(args))
