"""Which URIs may be registered: redirects, links, origins and audiences."""

import time

import pytest

from authzsite.domain import limits, validation

RTL = "\u0430pp"  # a Cyrillic letter among Latin ones

NATIVE = "com.example.app:/cb"


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "https://app.com/cb",
            "https://app.com",
            "https://app.com:8443/cb?x=1&y=%2F",
            "https://a-b.c/",
        ),
        *(
            "http://127.0.0.1/cb",
            "http://127.0.0.1:3000/cb",
            "http://[::1]/cb",
            "http://localhost:3000/",
        ),
        *("https://xn--mnchen-3ya.de/cb", "https://[2001:db8::1]/cb", "https://10.0.0.1/cb"),
    ],
)
@pytest.mark.parametrize("is_native", [True, False])
def test_https_and_loopback_redirect_uris_are_registered(uri: str, is_native: bool) -> None:
    assert validation.validate_redirect_uri(uri, is_native=is_native) == []


REFUSED = [
    *(
        "",
        "/cb",
        "app.com/cb",
        "https:",
        "https:/cb",
        "https:app.com/cb",
        "https://",
        "https:///cb",
    ),
    *("https://app.com/cb#", "https://app.com/cb#f"),
    *(
        "*",
        "https://*.app.com/*",
        "https://app.com.*",
        "https://app.com/*",
        "https://app.com/?*",
    ),  # 82
    *("^https://app.com/$", "https://app\\.com/", "https://app.com/(a|b)", "https://[a-z]+.com/"),
    *("https://u@app.com/", "https://u:p@app.com/", "https://@app.com/", "https://a@b@c.com/"),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
    ),
    *(
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.com/1",
        "about:blank",
    ),
    *("intent://x#Intent;end", "view-source:https://a.com/"),
    *("myapp:/cb", "com.example.app://cb", "com.example.app:cb", "com.Example.app:/cb"),  # row 84
    *("com.example.app:/cb#f", "com.example.app:/*", "com.example.app:/../cb"),
    *(
        "http://app.com/cb",
        "http://127.0.0.2/",
        "http://127.0.0.1.evil.com/",
        "http://localhost.evil/",
    ),
    *(
        "https://\u043fример.рф/",
        f"https://{RTL}.com/",
        "https://app.com/\u00e9",
        "https://app\u3002com/",
    ),
    *("https://xn--pp-6kc.com/", "https://xn--\u0430/", "https://xn--99999999999/"),  # row 79
    *("http://[:::::::]:::", "https://[fe80::1%25eth0]/", "https://[::1", "https://::1/"),  # row 86
    *("https://app.com:٣/", "https://app.com:0/", "https://app.com:99999/", "https://app.com:/"),
    *("https://app.com:443/", "http://localhost:80/", "https://app.com:0443/"),
    *(
        "HTTPS://app.com/",
        "https://APP.com/",
        "https://app.com./",
        "https://app..com/",
        "https://-a.com/",
    ),
    *(
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://127.0.0.01/",
        "https://a.1/",
    ),
    *(
        "https://app.com/a/../b",
        "https://app.com/./b",
        "https://app.com/%2e%2e/b",
        "https://app.com/..;/",
    ),
    *(
        "https://app.com/..%2fx",
        "https://app.com/%5c..",
        "https://app.com/%7Eme",
        "https://app.com/%00",
    ),
    *("https://app.com/%zz", "https://app.com/%", "https://app.com/a b", "https://app.com/\n"),
    *("https://app.com\\@evil.com/", "https://app.com/<script>", 'https://app.com/"', "\ud800"),
    "https://app.com/" + "a" * limits.MAX_URI_LENGTH,
    "https://" + "a." * 200 + "com/",
]


@pytest.mark.parametrize("uri", REFUSED)
@pytest.mark.parametrize("is_native", [True, False])
def test_other_redirect_uris_are_refused_rows_79_82_86(uri: str, is_native: bool) -> None:
    assert validation.validate_redirect_uri(uri, is_native=is_native)


def test_custom_schemes_are_for_native_clients_only_row_84() -> None:
    assert validation.validate_redirect_uri(NATIVE, is_native=True) == []
    assert validation.validate_redirect_uri(NATIVE, is_native=False)


def test_a_huge_uri_is_refused_at_once_row_86() -> None:
    start = time.perf_counter()
    for uri in ("https://a" * 20_000, "http://[" + ":" * 100_000, "a.b:/" + "%41" * 30_000):
        assert validation.validate_redirect_uri(uri, is_native=True)
    assert time.perf_counter() - start < 0.1


def test_a_list_of_redirect_uris_is_bounded() -> None:
    uris = [f"https://app.com/{n}" for n in range(limits.MAX_REDIRECT_URIS + 1)]
    assert validation.validate_redirect_uris(uris[1:], is_native=False) == []
    assert validation.validate_redirect_uris(uris, is_native=False)[0].limit == 100


@pytest.mark.parametrize(
    ("uri", "is_valid"),
    [
        *((u, True) for u in ("https://a.com/logo.png", "http://a.com/", "https://a.com/#/terms")),
        *((u, False) for u in ("javascript:alert(1)", "data:image/png;base64,x", "//a.com/", "")),
        *((u, False) for u in ("https://u@a.com/", "ftp://a.com/", "\tjavascript:x", "/logo.png")),
    ],
)
def test_links_for_people_are_http_or_https_row_83(uri: str, is_valid: bool) -> None:
    assert (not validation.validate_web_uri(uri, field="logo_uri")) is is_valid


@pytest.mark.parametrize(
    ("uri", "is_valid"),
    [("https://a.com/x", True), ("http://localhost/", True), ("http://a.com/", False)],
)
def test_uris_with_consequences_need_https(uri: str, is_valid: bool) -> None:
    assert (not validation.validate_https_uri(uri, field="jwks_uri")) is is_valid


@pytest.mark.parametrize(
    ("origin", "is_valid"),
    [
        *((o, True) for o in ("https://a.com", "http://localhost:3000", "https://[::1]")),
        *(
            (o, False)
            for o in ("https://a.com/", "https://a.com:443", "https://A.com", "*", "null")
        ),
        *(
            (o, False)
            for o in ("https://*.a.com", "https://u@a.com", "a.com", "", "https://a.com?x")
        ),
    ],
)
def test_origins_are_spelled_as_browsers_send_them(origin: str, is_valid: bool) -> None:
    assert (not validation.validate_origin(origin)) is is_valid


@pytest.mark.parametrize(
    ("audience", "is_valid"),
    [
        *((a, True) for a in ("api://default", "https://api.example.com/v1?x", "urn:example:api")),
        *((a, False) for a in ("", "api", "https://a.com/#", "a b:c", "x:", "api://é", "1x:y")),
        ("https://" + "a" * 1024, False),
    ],
)
def test_an_audience_is_an_absolute_uri_without_fragment_r1(audience: str, is_valid: bool) -> None:
    assert (not validation.validate_audience(audience)) is is_valid
