"""Requests that both edges have to answer the same: what clients send, what they send by mistake,
and what nobody sends who means well. None of them changes what the next one finds."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

from tests.tokens.pipelined.corpus_addresses import queries, spellings
from tests.tokens.pipelined.party import ORIGIN, Named, Party, each
from tests.tokens.pipelined.wire import Headers, Wire


def revocations(party: Party) -> Iterator[Named]:
    """Of nobody's token, and by nobody: no end of anything."""
    for title, body in {"none": b"", "unknown": b"token=azat_x", "JWT": b"token=e.e.e"}.items():
        yield f"revoke {title}", party.stranger(party.revoke, body, party.basic)
    yield "revoke by nobody", party.stranger(party.revoke, party.form(""))


def methods(party: Party) -> Iterator[Named]:
    """Other methods than the right one, and preflights of pages."""
    allowed = ("origin", ORIGIN), ("access-control-request-method", "POST")
    stranger = ("origin", "https://elsewhere.example"), ("access-control-request-method", "POST")
    for path, wire in each(party):
        for method in ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "get"):
            if method != wire.method:
                yield f"{method} {path}", replace(wire, method=method)
        for title, origin in (("allowed", allowed), ("stranger", stranger)):
            preflight = Wire("OPTIONS", path.encode(), origin)
            yield f"preflight {title} {path}", preflight
        override = ("x-http-method-override", "DELETE"), ("x-method-override", "PUT")
        yield f"override {path}", party.well(path, *override)


def headers(party: Party) -> Iterator[Named]:
    """What may be said around a good request."""
    said: dict[str, Headers] = {
        "plain": (),
        "origin allowed": (("origin", ORIGIN),),
        "origin unknown": (("origin", "https://elsewhere.example"),),
        "origin null": (("origin", "null"),),
        "encoding": (("accept-encoding", "gzip, br, deflate"),),
        "accept": (("accept", "text/html"), ("accept-language", "de")),
        "expect": (("expect", "100-continue"),),
        "long": (("x-long", "a" * 20_000),),
        "long agent": (("user-agent", "a" * 2_000),),
        "agent": (("user-agent", "Zoë/1 \x7f"),),
        "cookies": (("cookie", "sessionid=x; csrf=y"),),
        "unknown host": (("host", "elsewhere.example"),),
        "no host": (("host", ""),),
        "two hosts": (("host", "localhost"), ("host", "elsewhere.example")),
        "bad host": (("host", "local host\u00e4"),),
        "forwarded": (("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https")),
        "forwarded list": (("x-forwarded-for", "192.0.2.7, 192.0.2.8"),),
        "forwarded junk": (("x-forwarded-for", "no address"), ("forwarded", "for=_x")),
        "forwarded host": (("x-forwarded-host", "elsewhere.example"), ("x-real-ip", "192.0.2.9")),
        "range": (("range", "bytes=0-1"),),
        "conditional": (("if-none-match", "*"), ("if-modified-since", "yesterday")),
        "content encoding": (("content-encoding", "gzip"),),
        "identity": (("content-encoding", "identity"),),
        "dpop": (("dpop", "eyJ.eyJ.x"),),
        "bearer": (("authorization", "Bearer azat_x"),),
    }
    for path, wire in each(party):
        for title, more in said.items():
            given = replace(wire, headers=(*wire.headers, *more))
            yield f"{title} {path}", given
            if title.startswith("forwarded"):
                yield f"{title} by a proxy {path}", replace(given, client="198.51.100.1")


def bodies(party: Party) -> Iterator[Named]:
    """Bodies that are no form, and forms that are no good."""
    named = f"client_id={party.client}&client_secret={party.secret}".encode()
    for path in party.posts:
        good = party.form(path)
        spoiled = {
            "empty": b"",
            "blank pairs": b"&&&",
            "twice": good + b"&" + good,
            "empty twice": good + b"&x=&x=",
            "broken escape": good + b"&x=%zz",
            "cut escape": good + b"&x=%a",
            "NUL": good + b"&x=%00",
            "raw NUL": good + b"&x=a\0b",
            "NUL in the scope": good + b"&scope=a%00b",
            "NUL in the client": b"client_id=a%00b&" + good,
            "not UTF-8": good + b"&x=%ff%fe",
            "raw octets": good + b"&x=\xff\xfe",
            "half of a pair": good + b"&x=%ed%a0%80",
            "UTF-8": good + "&x=Zoë☃".encode(),
            "plus and blanks": good.replace(b"=", b" =") + b"&y=+ +",
            "long value": good + b"&x=" + b"a" * 20_000,
            "long name": good + b"&" + b"a" * 2_000 + b"=b",
            "too long": good + b"&x=" + b"a" * 70_000,
            "many": good + b"&" + b"&".join(b"p%d=1" % n for n in range(300)),
            "JSON": b'{"grant_type":"client_credentials"}',
            "named": named + b"&" + good,
            "named twice": named + b"&" + good + b"&client_id=other",
            "unknown grant": b"grant_type=magic&token=x",
            "no grant": b"scope=x&token=",
            "unknown client": b"client_id=nobody&client_secret=x&" + good,
            "bad scope": b"grant_type=client_credentials&scope=%22&token=x",
            "forbidden scope": b"grant_type=client_credentials&scope=nothing%3Asuch&token=azat_x",
            "refresh": b"grant_type=refresh_token&refresh_token=azrt_x&token=azrt_x",
            "code": b"grant_type=authorization_code&code=azac_x&token=eyJ.e30.x",
            "hint": b"token_type_hint=magic&" + good,
        }
        for title, body in spoiled.items():
            yield f"{title} {path}", party.stranger(path, body, party.basic)
            yield f"{title}, by nobody, {path}", party.stranger(path, body)
        yield f"chunked {path}", replace(party.well(path), is_chunked=True)
        yield f"chunked and nothing {path}", replace(party.well(path), is_chunked=True, body=b"")
        endless = replace(party.well(path), is_chunked=True, body=b"x=" + b"a" * 70_000)
        yield f"chunked and too long {path}", endless


def types(party: Party) -> Iterator[Named]:
    """What a body says that it is, and how long."""
    said = (
        "",
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "APPLICATION/X-WWW-FORM-URLENCODED",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=klingon",
        "application/x-www-form-urlencoded;",
        "application/x-www-form-urlencoded, text/plain",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "form",
        ";",
        "Zoë",
    )
    parts = b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--x--\r\n'
    for path in party.posts:
        for media_type in said:
            body = parts if "boundary" in media_type else party.form(path)
            given = (party.basic, ("content-type", media_type))
            yield f"type {media_type!r} {path}", Wire("POST", path.encode(), given, body)
        without = Wire("POST", path.encode(), (party.basic,), party.form(path))
        yield f"no type {path}", without
        for length in ("-1", "x", "", "1e3", "9" * 30, "70000", "٣"):
            if not length.isascii():
                continue
            wire = party.well(path, ("content-length", length))
            yield f"length {length!r} {path}", wire


def credentials(party: Party) -> Iterator[Named]:
    """Who says badly who they are, and who in two ways."""
    given = {
        "none": "",
        "no scheme": "x",
        "only a scheme": "Basic",
        "nothing": "Basic ",
        "no base64": "Basic !!!",
        "no colon": f"Basic {b64encode(b'abc').decode()}",
        "not UTF-8": f"Basic {b64encode(bytes([255, 254, 58, 255])).decode()}",
        "NUL": f"Basic {b64encode(bytes(1) + b':x').decode()}",
        "broken escape": f"Basic {b64encode(b'%zz:x').decode()}",
        "empty": f"Basic {b64encode(b':').decode()}",
        "unknown": f"Basic {b64encode(b'nobody:x').decode()}",
        "wrong": f"Basic {b64encode(f'{party.client}:wrong'.encode()).decode()}",
        "lower": party.basic[1].replace("Basic", "basic"),
        "blanks": party.basic[1].replace(" ", "   "),
        "two": f"{party.basic[1]}, {party.basic[1]}",
        "digest": 'Digest username="x"',
        "octets": "Basic Zoë",
        "long": f"Basic {'a' * 20_000}",
    }
    for path in party.posts:
        for title, text in given.items():
            wire = party.stranger(path, party.form(path), ("authorization", text))
            yield f"{title} {path}", wire
        form = party.form(path) + f"&client_id={party.client}&client_secret={party.secret}".encode()
        yield f"both ways {path}", party.stranger(path, form, party.basic)
        form = party.form(path) + f"&client_id={party.client}".encode()
        yield f"named beside {path}", party.stranger(path, form, party.basic)
        yield f"without a secret {path}", party.stranger(path, form)
        form = party.form(path) + b"&client_id=other"
        yield f"another beside {path}", party.stranger(path, form, party.basic)
        twice = party.stranger(path, party.form(path), party.basic, party.basic)
        yield f"two headers {path}", twice
        form = party.form(path) + (
            b"&client_assertion=eyJ.eyJ.x&client_assertion_type="
            b"urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        )
        yield f"assertion {path}", party.stranger(path, form)


GROUPS = {
    "methods": methods,
    "headers": headers,
    "bodies": bodies,
    "types": types,
    "credentials": credentials,
    "queries": queries,
    "spellings": spellings,
    "revocations": revocations,
}
