"""Runs web server, worker and beat under one foreground process, and leaves nothing behind.

Owns processes and the order of a start. What a first start creates is `apps.management.firstrun`'s;
in production systemd or a container runtime does this job, with the same command lines.
"""
