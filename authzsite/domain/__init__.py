"""The pure core: what OAuth, the policies and the limits mean, as functions over frozen values.

It owns grammar, matching, evaluation and arithmetic. It does not own rows, requests, clocks or
logs: `now` is always an argument and every answer is a value. The apps compile their rows into
these types and hand the answers to storage and to the wire.
"""
