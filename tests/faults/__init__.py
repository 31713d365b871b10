"""Faults to survive: each file injects one (F1, F2, ...), checks what must hold, and cleans up.

`make test` runs the quick ones, `make faults` all of them.
"""
