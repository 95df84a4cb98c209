"""Authorization responses of a wallet (OpenID4VP 1.0, section 8): `direct_post` and `direct_post.jwt`, built and read. Pure."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from eid.errors import Malformed, VerificationFailed
from eid.late_dataclasses import frozen
from eid.presentations.authorization_requests import ENCRYPTIONS, Asked, ResponseMode
from eid.presentations.unverified import read_unverified

KEY_AGREEMENT = "ECDH-ES"
MAX_ANSWER = 512 * 1024
MAX_PRESENTATIONS = 16


@frozen
class Answer:
    """What a wallet sent: presentations by the ids of the query, or that its holder said no."""

    presentations: Mapping[str, tuple[str, ...]]
    """Believed by nobody."""
    error: str = ""
    """Where there is one, the wallet shows nothing (section 8.5)."""


def read_answer(form: Mapping[str, str], *, asked: Asked, key: Mapping[str, Any] | None) -> Answer:
    """The answer to what was asked, of which all of this holds; `key` is the private key that it is encrypted to.

    1. It came in the way that was asked for: encrypted, to this key, by ECDH-ES with one of the ciphers (step response).
    2. It is the answer to this request: `state` (step state).
    3. It is `vp_token`, presentations by id, or an error (step response).

    Raises Malformed (response_malformed, response_not_encrypted), VerificationFailed (response_encryption, state_mismatch).
    """
    # (1)
    parameters = _open(form, asked, key)
    # (2)
    state = parameters.get("state")
    if not isinstance(state, str) or not hmac.compare_digest(state.encode(), asked.state.encode()):
        raise VerificationFailed("state", "state_mismatch", "The answer belongs to another request.")
    # (3)
    error = parameters.get("error")
    if isinstance(error, str) and error:
        return Answer({}, error[:64])
    return Answer(_read_token(parameters.get("vp_token")))


def _open(form: Mapping[str, str], asked: Asked, key: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if asked.response_mode is ResponseMode.DIRECT_POST_JWT and key is not None:
        if "response" not in form and "error" in form:
            return form  # an error may come in the open (section 8.5): it tells nothing of anybody
        if set(form) != {"response"}:
            raise Malformed("response_not_encrypted", "The answer must be encrypted.")
        return _decrypt(form["response"], key)
    if "response" in form:
        raise _malformed("encrypted, and nobody asked for that")
    return {name: _read_json(value) if name == "vp_token" else value for name, value in form.items()}


def _decrypt(token: str, key: Mapping[str, Any]) -> Mapping[str, Any]:
    """RFC 7516 compact, alg ECDH-ES straight to the content key, and nothing compressed."""
    if len(token) > MAX_ANSWER:
        raise _malformed("too large")
    header = read_unverified(token)[0]
    if header.get("alg") != KEY_AGREEMENT or header.get("enc") not in ENCRYPTIONS or "zip" in header:
        raise _malformed("another algorithm, or compressed")
    try:
        opened = jwe.decrypt_compact(token, ECKey.import_key(dict(key)), algorithms=[KEY_AGREEMENT, *ENCRYPTIONS])
    except (JoseError, ValueError) as error:
        raise VerificationFailed(
            "response", "response_encryption", "The answer cannot be decrypted.", reason=type(error).__name__
        ) from error
    found = _read_json((opened.plaintext or b"").decode("utf-8", "replace"))
    if not isinstance(found, dict):
        raise _malformed("no object in it")
    return found


def _read_token(token: object) -> dict[str, tuple[str, ...]]:
    """Section 8.1: an object of lists of presentations; here each is a text."""
    if not isinstance(token, dict) or not 0 < len(token) <= MAX_PRESENTATIONS:
        raise _malformed("vp_token")
    for shown in token.values():
        if not isinstance(shown, list) or not 0 < len(shown) <= MAX_PRESENTATIONS:
            raise _malformed("vp_token")
        if not all(isinstance(each, str) and each for each in shown):
            raise _malformed("vp_token")
    return {name: tuple(shown) for name, shown in token.items()}


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _malformed("no JSON") from error


def _malformed(reason: str) -> Malformed:
    return Malformed("response_malformed", "The answer does not have the form that it must have.", reason=reason)


def build_answer(presentations: Mapping[str, list[str]], *, asked: Asked) -> dict[str, str]:
    """What a wallet posts: encrypted, with A256GCM, where that was asked for."""
    return _write({"vp_token": dict(presentations)}, asked)


def build_refusal(*, asked: Asked, error: str = "access_denied") -> dict[str, str]:
    """What a wallet posts whose holder says no."""
    return _write({"error": error}, asked)


def _write(parameters: Mapping[str, Any], asked: Asked) -> dict[str, str]:
    content = {**parameters, "state": asked.state}
    if asked.encryption_key is None:
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()}
    header = {"alg": KEY_AGREEMENT, "enc": ENCRYPTIONS[-1]}
    if "kid" in asked.encryption_key:
        header["kid"] = str(asked.encryption_key["kid"])
    key = ECKey.import_key({name: asked.encryption_key[name] for name in ("kty", "crv", "x", "y")})
    body = json.dumps(content, separators=(",", ":")).encode()
    return {"response": jwe.encrypt_compact(header, body, key, algorithms=[KEY_AGREEMENT, *ENCRYPTIONS])}
