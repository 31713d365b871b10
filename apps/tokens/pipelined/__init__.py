"""The store of the pipelined edge: PostgreSQL by psycopg's asynchronous connections, where requests
that arrive together share one statement (design 6).

A request only joins a statement that starts after its arrival, so nothing is staler than on the
other edge; and it is answered when the commit has returned, so nothing is less durable.
"""
