"""A client of the gate that remembers the log, and refuses one that was put back or rewritten. It needs `cryptography` alone.

released(url, token, decision_id, public_key, Path("gate.seen"))     # public_key: the line in the folder's public_key.txt
"""

import base64
import hashlib
import json
import urllib.request
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def released(url: str, token: str, decision_id: str, public_key: str, memory: Path) -> bool:
    """Return whether a decision may be used. Raises an error when the answer's proof does not hold."""
    seen = json.loads(memory.read_text()) if memory.exists() else None
    asked = f"{url}/v1/decisions/{decision_id}" + (f"?since={seen['size']}" if seen and seen["size"] else "")
    request = urllib.request.Request(asked, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - the caller's own address
    with urllib.request.urlopen(request, timeout=30) as answered:  # noqa: S310
        answer = json.load(answered)
    log = answer["log"] or {}
    if log.get("inclusion") is None:
        raise ValueError(f"the gate proves nothing: {log.get('why') or answer['reason']}")
    text, signatures = log["checkpoint"].split("\n\n")
    origin, size, root = text.split("\n")[0], int(text.split("\n")[1]), base64.b64decode(text.split("\n")[2])
    name, key_id, key = public_key.strip().split("+", 2)
    signed = [base64.b64decode(line.split(" ")[2]) for line in signatures.splitlines() if line.split(" ")[1] == name]
    signature = next(one[4:] for one in signed if one[:4].hex() == key_id)
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]).verify(signature, f"{text}\n".encode())
    entry, leaf = json.loads(log["entry"]), hashlib.sha256(b"\x00" + log["entry"].encode()).digest()
    place = entry["seq"] - 1
    included = 0 <= place < size and _climb(place, size - 1, log["inclusion"], leaf)[1] == root
    if origin != name or entry["subject"] != decision_id or not included:
        raise ValueError("the answer rests on an entry that is not in the log")
    if seen and not _extends(seen["size"], base64.b64decode(seen["root"]), size, root, log["consistency"]):
        raise ValueError(f"the log has {size} entries and does not extend the {seen['size']} seen before: it was rolled back")
    memory.with_suffix(".new").write_text(json.dumps({"size": size, "root": base64.b64encode(root).decode()}))
    memory.with_suffix(".new").replace(memory)
    return bool(answer["released"])


def _extends(old_size: int, old_root: bytes, size: int, root: bytes, proof: list[str] | None) -> bool:  # RFC 9162, 2.1.4.2
    if proof is None or size <= old_size:
        return size == old_size and root == old_root
    path = list(proof) if old_size & (old_size - 1) else [base64.b64encode(old_root).decode(), *proof]
    height = (old_size & -old_size).bit_length() - 1  # of the last full subtree of the old tree, a node of both
    first, last = (old_size - 1) >> height, (size - 1) >> height
    return bool(path) and _climb(first, last, path[1:], base64.b64decode(path[0])) == (old_root, root)


def _climb(first: int, last: int, proof: list[str], node: bytes) -> tuple[bytes, bytes]:  # RFC 9162, 2.1.3.2
    apart = (first ^ last).bit_length()  # as long as both paths are apart, a bit says on which side the sibling lies
    if len(proof) != apart + (first >> apart).bit_count():
        return b"", b""
    old = new = node
    for height, sibling in enumerate(map(base64.b64decode, proof)):
        if height >= apart or first >> height & 1:
            old, new = (hashlib.sha256(b"\x01" + sibling + one).digest() for one in (old, new))
        else:
            new = hashlib.sha256(b"\x01" + new + sibling).digest()
    return old, new
