"""Benchmarks: `make bench-revocation`. They print tables and assert nothing; speed is no test."""
