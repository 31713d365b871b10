"""Requests that nobody has made: what the endpoints would answer, and why.

For the explain API, policy tests, what-if and the console alike. The facts, the evaluation and the
tokens are the endpoints' own; only the sink differs: nothing is signed, stored or logged.
"""
