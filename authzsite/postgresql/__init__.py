"""Django's PostgreSQL backend, for a server that may be gone, full or stuck: nobody waits for it
longer than the one who asks."""
