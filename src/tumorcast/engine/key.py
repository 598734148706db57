"""The name under which a result is stored: a digest of everything that determines it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence


def key_of(
    stage: str, version: str, parameters: Mapping[str, object], inputs: Sequence[str]
) -> str:
    """Return the key of a stage's result.

    Parameters
    ----------
    stage, version
        The computation, and which edition of it.
    parameters
        Everything that determines the result beside the inputs, as plain JSON.
    inputs
        Digests of the inputs, in the order in which the computation takes them.

    Returns
    -------
    str
        SHA-256 in hexadecimal; the same for the same content on every machine.

    Raises
    ------
    TypeError, ValueError
        When the parameters are not plain JSON: an object without a stable text, NaN or infinity
        would make keys that never, or wrongly, meet again.
    """
    identity = [stage, version, dict(parameters), list(inputs)]
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
