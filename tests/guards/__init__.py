"""PostgreSQL's safety net under the services (row 293)."""
