"""The management API in Okta's dialect."""
