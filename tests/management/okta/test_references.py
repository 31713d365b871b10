"""`/api/v1/explain/{reference}` opens what an error's reference stands for (R25)."""

from tests.management.okta.caller import Program
from tests.management.okta.small_world import Wish, small_world
from tests.stories.wire import ask


def test_r25_the_reference_of_a_denial_opens_its_explanation(
    api: Program, auditor: Program
) -> None:
    world = small_world()
    refused = ask(world.server, world.apps["other"], "write")
    reference = refused["X-Request-Reference"]
    found = api.get(f"explain/{reference}").json()
    event = found["events"][0]
    assert found["reference"] == reference == event["event"]["transaction"]["id"]
    asked = api.post(f"{world.path}/explain", world.body(Wish("other", "write"))).json()
    same = ("headline", "decision", "nearestMiss", "fixes", "policies")
    assert {name: event["explanation"][name] for name in same} == {n: asked[n] for n in same}
    assert auditor.get(f"explain/{reference.lower()}").json() == found


def test_r25_the_error_id_of_these_apis_is_a_reference_too(api: Program, auditor: Program) -> None:
    refused = auditor.post("authorizationServers", {"name": "x", "audiences": ["api://x"]})
    ident = refused.json()["errorId"]
    assert refused.status_code == 403 and ident.startswith("oae")
    [one] = api.get(f"explain/{ident}").json()["events"]
    assert one["event"]["eventType"] == "management.request" and one["explanation"] is None


def test_an_unknown_reference_is_404_and_nobody_else_sees_any(api: Program) -> None:
    world = small_world()
    reference = ask(world.server, world.apps["other"], "write")["X-Request-Reference"]
    for text in ("AAAA-AAAA-AAAA-AAAA", "x", "%00", reference[:-1]):
        assert api.get(f"explain/{text}").status_code in (400, 404)
    assert Program("").get(f"explain/{reference}").status_code == 401


def test_reading_takes_few_statements(api: Program, django_assert_max_num_queries: object) -> None:
    world = small_world()
    reference = ask(world.server, world.apps["other"], "write")["X-Request-Reference"]
    api.get(f"explain/{reference}")
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        api.get(f"explain/{reference}")
