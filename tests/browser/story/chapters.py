"""The chapters of the story, in their order; each leaves the console where the next one starts."""

from playwright.sync_api import expect

from tests.browser.story.console import PASSWORD, Console, form_with

SERVER = "servers/authorizationserver/orders/"
SCOPES = ("orders:read", "orders:write")
LOGIN = "ada@example.com"


def make_server(console: Console) -> None:
    """A server with two scopes, a group, a policy and a rule for that group."""
    console.add(
        "servers/authorizationserver/add/",
        id="orders",
        name="Orders",
        audience="https://orders.example.com",
    )
    console.page.locator("[name=access_token_format]").select_option("opaque")
    console.save("It issues nothing until it has a policy.")
    for name in SCOPES:
        console.tab("Scopes")
        console.follow("Add scope")
        console.fill(name=name)
        console.save(f"{name} was added.")
    console.add("directory/group/add/", name="Engineering")
    console.save("was added")


def make_rule(console: Console) -> None:
    """May read, may not write."""
    console.open(f"{SERVER}policies/")
    console.follow("Add policy")
    console.fill(name="Staff")
    console.page.get_by_label("For all clients").check()
    console.save("Staff was added.")
    console.follow("Add rule")
    console.fill(name="Engineers")
    console.page.get_by_label("Authorization code").check()
    console.page.get_by_label("orders:read").check()
    console.choose("people__include_groups", "Engineering")
    console.save("Engineers was added.")


def make_client(console: Console, redirect_uri: str) -> None:
    """An application that keeps no secret, and Ada, assigned through her group."""
    console.add("clients/client/add/", name="Shop", client_id="shop-app")
    page = console.page
    page.locator("[name=type]").select_option("native")
    page.locator("[name=token_endpoint_auth_method]").select_option("none")
    page.get_by_label("Authorization code").check()
    page.get_by_label("Redirect URIs", exact=False).fill(redirect_uri)
    console.save("was added")
    person = {"first_name": "Ada", "last_name": "Lovelace", "email": LOGIN, "password": PASSWORD}
    console.add("directory/user/add/", login=LOGIN, **person)
    page.get_by_label("Activate").check()
    console.choose("groups", "Engineering")
    console.save("was added")
    console.open("clients/client/?q=Shop")
    console.follow("Shop")
    console.tab("Assignments")
    console.choose("group", "Engineering", form_with(page, "Assign group"))
    console.press("Assign group")
    console.told("Engineering is assigned to Shop.")


def try_it(console: Console) -> None:
    """Denied, explained, mended by the link that the explanation offers, granted."""
    console.open(f"{SERVER}try/")
    page = console.page
    page.get_by_label("Client", exact=True).fill("Shop")
    page.get_by_label("Grant type").select_option("authorization_code")
    page.get_by_label("User", exact=True).fill(LOGIN)
    for scope in ("openid", *SCOPES):
        page.get_by_label(scope).check()
    console.press("Try it")
    console.sees("No rule allows orders:write.")
    asked = page.url
    console.follow("Add orders:write to rule Engineers of policy Staff")
    page.get_by_label("orders:write").check()
    console.save("Engineers was")
    page.goto(asked)
    console.sees("by rule Engineers of policy Staff.")


def find_event(console: Console) -> None:
    """The grant in the log, as a sentence, and why it was granted."""
    console.open("systemlog/logevent/?what=grants")
    page = console.page
    page.get_by_role("link", name="got an access token for Orders").first.click()
    console.is_titled("ada@example.com got an access token for Orders")
    console.follow("All of this flow")
    page.get_by_role("link", name="got an authorization code for Orders").first.click()
    console.follow("Explain by what is set now")
    console.sees("by rule Engineers of policy Staff.")


def write_test(console: Console) -> None:
    """Ada must be able to write."""
    console.open(f"{SERVER}tests/")
    console.fill(client="Shop", user=LOGIN, scopes="openid orders:write", name="Ada writes")
    console.page.locator("main [name=grant_type]").select_option("authorization_code")
    console.press("Add test")
    console.sees("1 test passes.")


def draft_narrower(console: Console) -> str:
    """What-if: without orders:write, who loses what; nothing is in force yet. Its address."""
    console.open(f"{SERVER}whatif/")
    console.press("Draft a change")
    page = console.page
    page.locator(".rule-tools summary").first.click()
    page.locator(".rule").get_by_role("link", name="Edit").click()
    page.get_by_label("orders:write").uncheck()
    console.press("Into the draft")
    console.sees("denied from now on")
    return page.url


def is_blocked(console: Console, draft: str) -> None:
    """A test says otherwise: agreeing to what the change ends isn't enough."""
    page = console.page
    page.goto(draft)
    console.press("Save this")
    console.sees("Ada writes")
    console.agree("Save and revoke 2 tokens")
    expect(page.locator("[name=despite_tests]:invalid")).to_be_visible()
    console.is_titled("Before this is saved")


def drop_test(console: Console) -> None:
    """It isn't wanted any more that Ada writes."""
    console.open(f"{SERVER}tests/")
    console.follow("Ada writes")
    console.press("Delete test")
    console.told("The test Ada writes was deleted.")


def save_draft(console: Console, draft: str) -> None:
    """What it ends is counted, agreed to, and saved."""
    console.page.goto(draft)
    console.press("Save this")
    console.sees("denied from now on")
    console.agree("Save and revoke 2 tokens")
    console.told("The draft is in force.")


def put_back(console: Console) -> None:
    """The rule's history, field by field, and the way back."""
    console.open(f"{SERVER}history/")
    entry = console.page.locator(".history-entry").first
    expect(entry).to_contain_text("2 tokens ended")
    entry.get_by_role("link", name="Put back…").click()
    console.is_titled("Put Engineers back?")
    console.press("Put back")
    console.open(f"{SERVER}policies/")
    expect(console.page.locator(".rule-sentence")).to_contain_text("orders:write")
