"""The shapes that the management APIs read and write."""
