"""Redis as Celery's broker, over kombu, whose worker would end when the connection is lost while a
task runs.

Then its channel is closed twice: messages that aren't acknowledged would be given back, or
acknowledged, through a connection that has been taken from the channel, which is an AttributeError
to kombu and the end to Celery. As the connection error that it is, both know what to do.
"""

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as ConnectionLost


class Channel(redis.Channel):
    """A channel that says so when its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("the connection of this channel is closed")
        return super()._connparams(asynchronous=asynchronous)


class Transport(redis.Transport):
    """kombu's, with our channels."""

    Channel = Channel
