"""The management APIs, black box over HTTP."""
