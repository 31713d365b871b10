"""The pipelined edge on connections of its own: what tests/edge.py, one request at a time on the
test's connection, can't say."""
