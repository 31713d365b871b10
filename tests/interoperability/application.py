"""A web application that signs people in with Authlib: its two views, and its calls afterwards."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.test import RequestFactory

from tests.factories import REDIRECT_URI
from tests.interoperability.person import Person

Token = dict[str, Any]


@dataclass
class Application:
    """Authlib's client and the person in front of the browser."""

    client: Any
    person: Person

    def sign_in(self) -> Token:
        """The view that redirects, the browser's way, and the view that is come back to."""
        view = RequestFactory().get("/login")
        view.session = {}  # type: ignore[assignment]
        sent = self.client.authorize_redirect(view, REDIRECT_URI)
        back = self.person.go(sent.headers["Location"], REDIRECT_URI)
        callback = RequestFactory().get(f"/callback?{urlsplit(back).query}")
        callback.session = view.session
        return dict(self.client.authorize_access_token(callback))

    def refresh(self, token: Token) -> Token:
        """A new token by the refresh token."""
        metadata = self.client.load_server_metadata()
        with self.client._get_oauth_client(**metadata) as session:
            return dict(session.refresh_token(metadata["token_endpoint"], token["refresh_token"]))

    def introspect(self, token: str) -> Token:
        """RFC 7662."""
        metadata = self.client.load_server_metadata()
        with self.client._get_oauth_client(**metadata) as session:
            response = session.introspect_token(metadata["introspection_endpoint"], token)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def revoke(self, token: str) -> None:
        """RFC 7009."""
        metadata = self.client.load_server_metadata()
        with self.client._get_oauth_client(**metadata) as session:
            response = session.revoke_token(metadata["revocation_endpoint"], token)
        assert response.status_code == 200, response.text

    def userinfo(self, token: Token) -> Token:
        """OIDC Core §5.3."""
        return dict(self.client.userinfo(token=token))
