"""What a revocation costs, whatever the number of tokens: `make bench-revocation`."""
