"""The console's story in a real browser: pages as small objects, one test each way."""
