"""Python's garbage collector, told what never becomes garbage."""

import gc

from django.urls import get_resolver


def settle() -> None:
    """Called by a web process that is ready. Its modules, classes and routes are some 200,000
    objects which stay until it ends: a full collection that looked at all of them stopped every
    thread for 100 ms and more, whenever a few long lists had been answered."""
    _ = get_resolver().url_patterns  # loads the views, which else the first request would
    gc.collect()
    gc.freeze()
