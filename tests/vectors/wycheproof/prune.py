"""Makes the vectors beside it out of Wycheproof's (https://github.com/C2SP/wycheproof, Apache-2.0, testvectors_v1):

`python tests/vectors/wycheproof/prune.py TESTVECTORS_V1`.

Kept are the verifications of documents' algorithms, in one file a kind, and of each file so many cases of every flag and
result; a flag is Wycheproof's word for what a case tries. Hashes that no document has are left out.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

HASHES = {"SHA-1": "sha1", "SHA-224": "sha224", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
KINDS = {
    "ecdsa": ("ecdsa_secp???r1_sha[235]??_test.json", "ecdsa_brainpoolP???r1_sha[235]??_test.json"),
    "ecdsa_plain": ("ecdsa_secp???r1_sha[235]??_p1363_test.json", "ecdsa_brainpoolP???r1_sha[235]??_p1363_test.json"),
    "rsa": ("rsa_signature_[234]???_sha[235]??_test.json",),
    "pss": ("rsa_pss_[234]???_*_test.json", "rsa_pss_misc*_test.json"),
}
OF_A_FLAG = {"ecdsa": 4, "ecdsa_plain": 3, "rsa": 3, "pss": 2}
SOURCE = (
    "Wycheproof, https://github.com/C2SP/wycheproof, testvectors_v1; Apache-2.0; pruned by prune.py beside this file"
)


def prune(folder: Path, kind: str) -> dict[str, object]:
    groups: list[dict[str, object]] = []
    for path in sorted({path for pattern in KINDS[kind] for path in folder.glob(pattern) if "160" not in path.name}):
        seen: Counter[tuple[str, str]] = Counter()
        misc = "misc" in path.name
        for number, group in enumerate(json.loads(path.read_text())["testGroups"]):
            known = group["sha"] in HASHES and group.get("mgfSha", "SHA-1") in HASHES
            if not known or (misc and number % 5):
                continue
            tests = [test for test in group["tests"] if _is_wanted(test, seen, 1000 if misc else OF_A_FLAG[kind])]
            if tests:
                groups.append({"file": path.name} | _describe(group) | {"tests": [_shorten(test) for test in tests]})
    return {"source": SOURCE, "groups": groups}


def _is_wanted(test: dict[str, object], seen: Counter[tuple[str, str]], most: int) -> bool:
    keys = [(str(flag), str(test["result"])) for flag in test["flags"] or ["none"]]  # type: ignore[attr-defined]
    wanted = test["result"] == "acceptable" or any(seen[key] < most for key in keys)
    seen.update(keys if wanted else [])
    return wanted


def _describe(group: dict[str, object]) -> dict[str, object]:
    told: dict[str, object] = {"key": group["publicKeyDer"], "hash": HASHES[str(group["sha"])]}
    if "mgfSha" in group:
        told |= {"mgf_hash": HASHES[str(group["mgfSha"])], "salt": group["sLen"]}
    return told


def _shorten(test: dict[str, object]) -> list[object]:
    return [test["tcId"], test["result"], test["msg"], test["sig"], ", ".join(test["flags"])]  # type: ignore[call-overload]


def main() -> None:
    for kind in KINDS:
        pruned = json.dumps(prune(Path(sys.argv[1]), kind), indent=None, separators=(",", ":"))
        (Path(__file__).parent / f"{kind}.json").write_text(pruned.replace('{"file"', '\n{"file"') + "\n")


if __name__ == "__main__":
    main()
