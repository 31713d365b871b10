"""Grants and tokens: issue, consume, rotate, revoke, introspect (R11-R18).

The steps are `async def` over the `Store` protocol, so that one logic serves every edge (design
6).
"""
