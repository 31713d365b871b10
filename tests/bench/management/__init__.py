"""What list and read calls of the management API cost at 1,000 servers and 50,000 clients."""
