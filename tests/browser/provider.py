"""A tiny identity provider (OpenID Connect, authorization code flow) that lets one person in without asking."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "sparsemix", "between-two-servers-of-one-test"


class Provider:
    """Answers on a port of its own until ``stop()``. ``person``: whom it signs in; ``asked``: what it was asked for."""

    def __init__(self, subject: str = "4711", name: str = "Olga Organisation") -> None:
        self.person = {"sub": subject, "name": name, "email": "olga@example.test"}
        self.asked: list[str] = []
        self.issued_ago = 0
        self._key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                provider.asked.append(url.path)
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                if url.path == "/.well-known/openid-configuration":
                    self._answer(provider.metadata())
                elif url.path == "/jwks":
                    self._answer({"keys": [provider._key.as_dict(private=False)]})
                elif url.path == "/authorize":
                    self._redirect(provider.authorize(query))
                elif url.path == "/logout":
                    self._redirect(query["post_logout_redirect_uri"])
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                provider.asked.append(self.path)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                basic = base64.b64decode(self.headers.get("Authorization", "Basic ").partition(" ")[2]).decode()
                if self.path != "/token" or basic != f"{CLIENT_ID}:{CLIENT_SECRET}":
                    self.send_error(401)
                else:
                    self._answer(provider.token(form))

            def _answer(self, content: dict[str, object]) -> None:
                data = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def _redirect(self, url: str) -> None:
                self.send_response(302)
                self.send_header("Location", url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def secrets_file(self, app_url: str) -> str:
        """What streamlit needs to know of it."""
        return "\n".join(
            [
                "[auth]",
                f'redirect_uri = "{app_url}/oauth2callback"',
                f'cookie_secret = "{secrets.token_hex(32)}"',
                f'client_id = "{CLIENT_ID}"',
                f'client_secret = "{CLIENT_SECRET}"',
                f'server_metadata_url = "{self.url}/.well-known/openid-configuration"',
                "",
            ]
        )

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def authorize(self, query: dict[str, str]) -> str:
        """The address to go back to, with a code."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, object]:
        """Return a signed ID token for a code, once, to the client that proves that it asked for the code."""
        query = self._codes.pop(form["code"])
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert query["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        issued = int(time.time()) - self.issued_ago
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": issued, "exp": issued + 3_600, "nonce": query["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, claims | self.person, self._key)
        return {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 3600, "id_token": signed}

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
