"""The endpoints over HTTP: each parses, drives its steps on the DRF edge, and answers."""
