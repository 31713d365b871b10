"""Requests that nobody made are answered from the facts that the endpoints read."""
