"""What happened and what must follow: the append-only system log and the revocation outbox.

Owns LogEvent and RevocationJob, the catalogue of event types and the one way to record them. It
judges nothing: services of the apps above say what happened; it only refuses unknown events.
"""
