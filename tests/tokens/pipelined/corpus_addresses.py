"""The corpus, continued: good requests to addresses that are nearly right."""

from collections.abc import Iterator
from dataclasses import replace

from tests.tokens.pipelined.party import Named, Party, each


def queries(party: Party) -> Iterator[Named]:
    """A query where none belongs, in every encoding."""
    texts = {
        "empty": b"?",
        "other": b"?x=1&x=2",
        "the same": b"?grant_type=client_credentials&token=x",
        "secret": b"?client_secret=x",
        "broken": b"?%zz",
        "NUL": b"?x=%00",
        "not UTF-8": b"?x=%ff",
        "UTF-8": "?x=Zoë".encode(),
        "snow": "?x=☃".encode(),
        "octets": b"?x=\xff\xfe",
        "long": b"?x=" + b"a" * 20_000,
        "two": b"?a?b",
    }
    for path, wire in each(party):
        for title, query in texts.items():
            yield f"{title} {path}", replace(wire, target=wire.target + query)
            handed = party.stranger(path, b"client_assertion=e.e.e&client_assertion_type=x")
            if wire.method == "POST":
                handed = replace(handed, target=wire.target + query)
                yield f"{title}, by an assertion, {path}", handed


def spellings(party: Party) -> Iterator[Named]:
    """Addresses that are nearly right."""
    for path, wire in each(party):
        head, _, tail = path.rpartition("/")
        server = path.split("/")[2] if path.startswith("/oauth2/") else path.split("/")[1]
        for title, target in {
            "slash": f"{path}/",
            "double": path.replace("/", "//", 1),
            "double inside": f"{head}//{tail}",
            "upper": path.upper(),
            "tail upper": f"{head}/{tail.upper()}",
            "encoded slash": f"{head}%2F{tail}",
            "encoded letter": f"{head}/%{ord(tail[0]):02x}{tail[1:]}",
            "encoded server": path.replace(server, f"%{ord(server[0]):02X}{server[1:]}", 1),
            "server NUL": path.replace(server, f"{server}%00", 1),
            "server not UTF-8": path.replace(server, "a%ffb", 1),
            "server dots": path.replace(server, "..", 1),
            "server long": path.replace(server, "a" * 65, 1),
            "server inactive": path.replace(server, "inactive", 1),
            "server other": path.replace(server, "nothing", 1),
            "server sign": path.replace(server, "a.b~c", 1),
            "server empty": path.replace(server, "", 1),
            "dots": f"{head}/../{tail}",
            "dot": f"{head}/./{tail}",
            "semicolon": f"{path};x=1",
            "blank": f"{path}%20",
            "line": f"{path}%0a",
            "suffix": f"{path}.json",
            "short": head,
            "percent": f"{path}%",
        }.items():
            yield f"{title} {path}", replace(wire, target=target.encode())
        snow = replace(wire, target=path.replace(server, "☃", 1).encode())
        yield f"server snow {path}", snow
