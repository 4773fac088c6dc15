"""The file of a backup: a zip of manifest, sealed keys and database.

The keys are sealed by AES-256-GCM under a key that Argon2id (RFC 9106) makes of the passphrase; the manifest, with the
digest of the database in it, is bound to them, so that none of the three can be exchanged unseen. The database's own
secrets are sealed by those keys; names, addresses and hashes of passwords are as readable as in the database itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from twofold.core.json import MalformedJson, as_object, flag_in, int_in, text_in
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from pathlib import Path

    from twofold.core.json import JsonObject

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
KEYS: Final = "keys.sealed"
DATABASE: Final = "database"
LEAST_PASSPHRASE: Final = 12
_MODE: Final = 0o600
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_CHUNK: Final = 1024 * 1024
# RFC 9106, 4, the second recommended option: a passphrase is guessed offline.
_TIME_COST: Final = 3
_MEMORY_KIB: Final = 64 * 1024
_LANES: Final = 4
_MOST_SMALL: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup is of. `engine` is "sqlite" or "postgresql"; `salt` is hexadecimal."""

    made_at: str
    version: str
    engine: str
    is_demo: bool
    digest: str
    salt: str

    def to_bytes(self) -> bytes:
        """Return the manifest as it is written and bound."""
        value: JsonObject = {
            "twofold_backup": FORMAT,
            "made_at": self.made_at,
            "version": self.version,
            "engine": self.engine,
            "is_demo": self.is_demo,
            "digest": self.digest,
            "salt": self.salt,
        }
        return json.dumps(value, indent=1, sort_keys=True).encode()


def write(target: Path, manifest: Manifest, *, database: Path, keys: bytes, passphrase: str, nonce: bytes) -> None:
    """Write a backup that nobody but its owner may read; Unfit when the file exists or cannot be written."""
    bound = manifest.to_bytes()
    sealed = nonce + AESGCM(_key(passphrase, bytes.fromhex(manifest.salt))).encrypt(nonce, keys, bound)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except OSError as problem:
        raise Unfit(f"{target} cannot be written: {problem.strerror}.") from problem
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as container:
            container.writestr(MANIFEST, bound)
            container.writestr(KEYS, sealed)
            container.write(database, DATABASE)
        file.flush()
        os.fsync(file.fileno())


def read(source: Path, *, passphrase: str, database: Path) -> tuple[Manifest, bytes]:
    """Check a backup, write its database to `database`, and return manifest and keys.

    Raises Unfit for a file that is no backup, was damaged or changed, or does not open with this passphrase.
    """
    try:
        with zipfile.ZipFile(source) as container:
            if container.getinfo(MANIFEST).file_size > _MOST_SMALL or container.getinfo(KEYS).file_size > _MOST_SMALL:
                raise Unfit(f"{source} is no backup of Twofold.")
            bound = container.read(MANIFEST)
            manifest = _manifest(bound)
            sealed = container.read(KEYS)
            keys = AESGCM(_key(passphrase, bytes.fromhex(manifest.salt))).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound
            )
            _extract(container, database)
    except OSError as problem:
        raise Unfit(f"{source} cannot be read: {problem.strerror}.") from problem
    except InvalidTag:
        raise Unfit("The passphrase is not the one of this backup, or the backup was changed.") from None
    except (zipfile.BadZipFile, KeyError, ValueError):
        raise Unfit(f"{source} is no backup of Twofold, or is damaged.") from None
    if digest_of(database) != manifest.digest:
        raise Unfit(f"The database in {source} is not the one the backup was made with.")
    return manifest, keys


def _manifest(text: bytes) -> Manifest:
    value = as_object(json.loads(text), MANIFEST)
    if int_in(value, "twofold_backup") != FORMAT:
        raise MalformedJson("another format")
    return Manifest(
        made_at=text_in(value, "made_at"),
        version=text_in(value, "version"),
        engine=text_in(value, "engine"),
        is_demo=flag_in(value, "is_demo"),
        digest=text_in(value, "digest"),
        salt=text_in(value, "salt"),
    )


def _extract(container: zipfile.ZipFile, database: Path) -> None:
    descriptor = os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(descriptor, "wb") as file, container.open(DATABASE) as packed:
        while chunk := packed.read(_CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _key(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=_TIME_COST,
        memory_cost=_MEMORY_KIB,
        parallelism=_LANES,
        hash_len=_KEY_BYTES,
        type=Type.ID,
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
