"""Pages of the console that need several apps: a server's tabs, an event explained, a grant.

`urls.console_urls` mounts them under the admin site. They read; what they change goes through the
services of the apps below.
"""
