"""Event hooks: who outside hears of revocations, and what is still to be told them.

Rows of `EventDelivery` are the outbox: a database trigger writes them in the transaction of the
event, `delivery` carries them out, `services` are the only way to change a hook. Bodies are Okta's,
signatures those of the Standard Webhooks specification.
"""
