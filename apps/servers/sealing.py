"""Sealed secrets, as the servers' rows hold them: the tools are `directory.sealing`."""

from apps.directory.sealing import Unopenable, seal, unseal

__all__ = ["Unopenable", "seal", "unseal"]
