"""The management APIs over HTTP: a view reads, calls one service and answers."""
