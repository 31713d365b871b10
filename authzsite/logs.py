"""Logs as JSON lines with the request's id. Never a query string, a body, a header or a token."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What a caller may add with `extra=`; anything else stays out, by name rather than by luck.
EXTRA = ("event", "reason", "error", "method", "route", "status", "milliseconds", "task")


class JsonFormatter(logging.Formatter):
    """One line per record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's own members, the request's id and the known extras."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            **{name: getattr(record, name, None) for name in EXTRA},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({key: value for key, value in line.items() if value not in (None, "")})


def logging_config(level: str) -> dict[str, Any]:
    """Everything to stdout, through the formatter."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # Django names the path of every 4xx; the access line below says it better.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
            # Publishing and polling chatter of the broker.
            "kombu": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "amqp": {"level": "WARNING"},
        },
    }
