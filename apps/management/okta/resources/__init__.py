"""One module for each resource: its shapes, and views of a few lines over the services."""
