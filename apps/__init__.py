"""The Django apps: rows, screens and HTTP. Imports go down one list only (see pyproject.toml)."""
