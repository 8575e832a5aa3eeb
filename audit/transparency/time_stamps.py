"""Time stamps of a time authority (RFC 3161): a third party says when a checkpoint was there already.

A stamp lies beside its checkpoint, `checkpoint-000000000512.tsr`, and can be checked without this program:

    openssl ts -verify -data checkpoint-000000000512.txt -in checkpoint-000000000512.tsr -CAfile authority.pem
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from audit.errors import InvalidRecord, StoreUnavailable, Tampered
from audit.transparency.posting import post

MOST_STAMP = 256 * 1024  # bytes
_SECONDS = 10.0
_KIND = "application/timestamp-query"


def stamp(url: str, data: bytes) -> bytes:
    """Ask the time authority at `url` for a stamp of `data`; return its answer (DER), which is about `data` and granted.

    Whose it is, `check_stamp` says. Raises `StoreUnavailable` when there is no such answer.
    """
    try:
        return _asked(url, data, certificates=True)
    except InvalidRecord:
        # Some send several certificates in an order that DER does not allow: then without any.
        try:
            return _asked(url, data, certificates=False)
        except InvalidRecord as error:
            raise StoreUnavailable(f"the time authority {url} gives no stamp: {error}") from error


def _asked(url: str, data: bytes, *, certificates: bool) -> bytes:
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.cert_request(cert_request=certificates).build()
    status, answer = post(url, request.as_bytes(), _KIND, seconds=_SECONDS)
    if status != 200:
        raise InvalidRecord(f"status {status}")
    try:
        stamped = _decoded(answer).tst_info
        same = stamped.nonce == request.nonce and stamped.message_imprint.message == hashlib.sha256(data).digest()
    except ValueError as error:
        raise InvalidRecord(str(error)) from error
    if not same:
        raise InvalidRecord("its stamp is of something else")
    return answer


def check_stamp(data: bytes, answer: bytes, certificates: bytes) -> datetime:
    """Return the time that the stamp of `data` says.

    `certificates` (PEM): of the authority, and of those who vouch for it, up to a root. Raises `Tampered` when the stamp is not
    theirs or is of something else, `InvalidRecord` when it or a certificate is malformed.
    """
    try:
        known = list(dict.fromkeys(x509.load_pem_x509_certificates(certificates)))
        own = [certificate for certificate in known if _stamps(certificate)]
    except ValueError as error:
        raise InvalidRecord("the certificates of the time authority are not in PEM") from error
    problem = VerificationError("it names no certificate, and none of those given is for time stamps")
    try:
        decoded = _decoded(answer)
        for authority in [None] if decoded.signed_data.certificates else own:
            try:
                verifier = VerifierBuilder(roots=known, tsa_certificate=authority).build()
                verifier.verify_message(decoded, data)
            except VerificationError as error:
                problem = error
            else:
                return decoded.tst_info.gen_time
    except ValueError as error:
        raise InvalidRecord(f"the time stamp is malformed: {error}") from error
    raise Tampered(f"the time stamp is not of this checkpoint, or not by this authority: {problem}") from problem


def _stamps(certificate: x509.Certificate) -> bool:
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in uses


def stamp_file(checkpoint: Path) -> Path:
    """Return where the stamp of a checkpoint's file lies."""
    return checkpoint.with_suffix(".tsr")


def _decoded(answer: bytes) -> TimeStampResponse:
    try:
        decoded = decode_timestamp_response(answer)
    except ValueError as error:
        raise InvalidRecord(f"the answer is not a time stamp: {error}") from error
    if decoded.status not in (0, 1):
        raise InvalidRecord(f"the authority refused, status {decoded.status}")
    return decoded
