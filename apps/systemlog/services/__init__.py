"""Services of what belongs to no other app."""
