"""A time authority for tests: certificates by openssl, and a small HTTP server that answers by `openssl ts -reply`."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """\
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[authority]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
{certificates}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


def make_authority(folder: Path, *, chain: bool = False) -> Path:
    """Make a root and an authority in a folder; return the root's certificate. `chain`: answers carry the root as well."""
    folder.mkdir()
    config = _CONFIG.format(folder=folder, certificates=f"certs = {folder}/root.pem" if chain else "")
    (folder / "ts.cnf").write_text(config, encoding="utf-8")
    (folder / "serial").write_text("01\n", encoding="ascii")
    new = ["-config", "ts.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl(
        folder,
        "req",
        "-x509",
        *new,
        "-subj",
        "/CN=Root",
        "-days",
        "2",
        "-extensions",
        "root",
        "-keyout",
        "root.key",
        "-out",
        "root.pem",
    )
    _openssl(folder, "req", *new, "-subj", "/CN=Authority", "-keyout", "authority.key", "-out", "authority.csr")
    signing = ["-CA", "root.pem", "-CAkey", "root.key", "-days", "2", "-extfile", "ts.cnf", "-extensions", "authority"]
    _openssl(folder, "x509", "-req", "-in", "authority.csr", *signing, "-out", "authority.pem")
    return folder / "root.pem"


@contextmanager
def served_authority(folder: Path) -> Iterator[str]:
    """Serve the authority of a folder; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            _openssl(folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-out", "reply")
            content = (folder / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/tsa"
        server.shutdown()
        thread.join()
