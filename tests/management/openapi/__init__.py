"""The OpenAPI document: frozen, complete, and believed by programs that nobody here wrote."""
