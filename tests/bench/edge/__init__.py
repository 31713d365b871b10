"""The token path under load, beside its peers: `make bench` and `make bench-growth`."""
