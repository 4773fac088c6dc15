"""What an operator sets: read from the environment once, checked, frozen.

Every variable begins with TWOFOLD_, and each may be given as TWOFOLD_…_FILE instead: the path of a file that holds
the value, as container secrets do. docs/reference/settings.md is made from this class and tested against it.
"""

from __future__ import annotations

import difflib
import os
import sys
import zoneinfo
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from twofold import limits
from twofold.core.numbers import Network  # noqa: TC001 -- pydantic reads it
from twofold.core.passwords import WAIT
from twofold.ports import accounts, people
from twofold.settings_limits import LimitSettings
from twofold.settings_sms import SmsSettings
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

PREFIX = "TWOFOLD_"
FILE = "_FILE"
DEMO_MARK = "demo"
"""A file of this name in the data folder says that the folder was born as a demo."""
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_FILE = 64 * 1024
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_VENV = ".venv"


class SettingsProblem(Unfit):
    """The environment says something that cannot be; the text names the variable and what it takes."""


def _beside_run() -> Path:
    """Return where the data folder is by default: beside `./run`, from whatever folder it was called."""
    environment = Path(sys.prefix)
    return (environment.parent if environment.name == _VENV else Path.cwd()) / "data"


class _OneFileEach(PydanticBaseSettingsSource):
    """Reads TWOFOLD_NAME or the file that TWOFOLD_NAME_FILE names; both at once is refused."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 -- the library's interface
        field_name: str,
    ) -> tuple[object, str, bool]:
        """Return the text, the field's name, and False: nothing is JSON unless its validator says so."""
        name = PREFIX + field_name.upper()
        direct = os.environ.get(name)
        path = os.environ.get(name + FILE)
        if path is None:
            return direct, field_name, False
        if direct is not None:
            raise SettingsProblem(f"{name} and {name}{FILE} are both set; remove one of them.")
        try:
            with Path(path).open("rb") as file:
                return file.read(_LONGEST_FILE).decode().strip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsProblem(f"{name}{FILE} names {path}, which cannot be read: {error}.") from error

    def __call__(self) -> dict[str, object]:
        """Return what the environment says, field by field; an empty variable counts as not set."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value not in (None, "")}


class Settings(LimitSettings, SmsSettings):
    """The settings of one server. Descriptions are the operator's documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    data: Path = Field(
        default_factory=_beside_run,
        description="The data folder: keys, the SQLite database, and mail while no SMTP server is set. "
        "Left out: `data` beside `./run`.",
    )
    port: int = Field(default=8420, ge=1, le=65535, description="The port on which the server answers.")
    listen: str = Field(
        default="",
        description="The address on which the server answers instead of both loopback addresses, for a proxy on "
        "another machine; needs TWOFOLD_PUBLIC and TWOFOLD_PROXIES, because plain http off loopback is refused.",
    )
    public: str = Field(
        default="",
        description="The address that people open, `https://help.example.com`, when a proxy with TLS stands in front. "
        "Links in mail and cookies come from it. Left out: `http://localhost:PORT`.",
    )
    proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks of the proxies whose forwarding headers are believed, as CIDRs with commas between. "
        "Left out: loopback once TWOFOLD_PUBLIC is https, else none.",
    )
    setup_from: Annotated[tuple[Network, ...], NoDecode] = Field(
        default=(),
        description="Networks from which the owner's set-up link is accepted beside loopback, as CIDRs with commas "
        "between.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="`postgresql://user:password@host:5432/name` for PostgreSQL. Left out: SQLite in the data folder.",
    )
    smtp_host: str = Field(
        default="",
        description="The SMTP server. Left out: each message becomes a file in the data folder.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The SMTP server's port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the connection to the SMTP server is encrypted: `starttls`, `tls` (port 465) or `none`.",
    )
    smtp_user: str = Field(default="", description="The name to sign in to the SMTP server with, if it asks.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="The password for the SMTP server.")
    mail_from: str = Field(
        default="",
        description="The sender of every mail, `Acme Support <help@example.com>`. "
        "Left out: `no-reply@` and the public address's host.",
    )
    name: str = Field(
        default="", max_length=accounts.LONGEST_NAME, description="The help desk's name, when it is first made."
    )
    time_zone: str = Field(default="UTC", description="The help desk's time zone, when it is first made.")
    locale: str = Field(default="en", description="The help desk's language, when it is first made.")
    owner_email: str = Field(
        default="",
        description="With TWOFOLD_OWNER_PASSWORD: makes the first owner without anybody opening the set-up link.",
    )
    owner_password: SecretStr = Field(
        default=SecretStr(""),
        description="The first owner's password, 12 to 128 characters; only used while there is no owner.",
    )
    owner_name: str = Field(default="", max_length=people.LONGEST_NAME, description="The first owner's name.")
    threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="How many requests are worked on at once. 0: four for each core and 20 more, so that sign-ins "
        "waiting for the hashing of passwords hold up nobody else.",
    )
    log_format: Literal["auto", "json", "plain"] = Field(
        default="auto", description="`json`, `plain`, or `auto`: plain on a terminal, else json."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return our own source after what a test hands over; the library's know no `_FILE`."""
        return init_settings, _OneFileEach(settings_cls)

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("proxies", "setup_from", mode="before")
    @classmethod
    def _networks(cls, value: object, info: ValidationInfo) -> object:
        if value == () and info.field_name == "proxies" and info.data.get("public", "").startswith("https://"):
            return _LOOPBACK
        return limits.networks(value)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is a name such as Europe/Vienna") from error
        return value

    @field_validator("public")
    @classmethod
    def _address(cls, value: str) -> str:
        return public_address(value) if value else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and urlsplit(url).scheme not in {"postgres", "postgresql"}:
            raise ValueError("begins with postgresql://")
        return value

    @model_validator(mode="after")
    def _no_plain_http_off_loopback(self) -> Settings:
        behind_tls = self.public.startswith("https://") and "proxies" in self.model_fields_set
        if self.listen and self.listen not in LOOPBACK_NAMES and not behind_tls:
            raise ValueError(
                "TWOFOLD_LISTEN off loopback needs TWOFOLD_PUBLIC=https://… and TWOFOLD_PROXIES: "
                "plain http off loopback is refused"
            )
        if self.smtp_user and not self.smtp_host:
            raise ValueError("TWOFOLD_SMTP_USER is set, TWOFOLD_SMTP_HOST is not")
        if bool(self.owner_email) != bool(self.owner_password.get_secret_value()):
            raise ValueError("TWOFOLD_OWNER_EMAIL and TWOFOLD_OWNER_PASSWORD go together")
        return self

    @property
    def threads_at_once(self) -> int:
        """How many requests are worked on at once."""
        return self.threads or 4 * (os.cpu_count() or 1) + WAIT

    @property
    def base_url(self) -> str:
        """The configured address without a trailing slash."""
        return self.public or f"http://localhost:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether people reach this server over TLS."""
        return self.base_url.startswith("https://")

    @property
    def is_demo(self) -> bool:
        """Whether the data folder was born as a demo; no setting can make it one later."""
        return (self.data / DEMO_MARK).is_file()

    @property
    def keys_path(self) -> Path:
        """The file of the keys: key ring, digest key and pepper."""
        return self.data / "keys.json"

    @property
    def sqlite_path(self) -> Path:
        """The SQLite database, where it is used."""
        return self.data / "twofold.sqlite3"

    @property
    def mail_path(self) -> Path:
        """The folder of the messages that are written while no SMTP server is set."""
        return self.data / "mail"

    @property
    def clock_path(self) -> Path:
        """The file in a demo's data folder that says how far its clock was put forward."""
        return self.data / "clock"

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is the SQLite file in the data folder."""
        return not self.database_url.get_secret_value()

    @property
    def sender(self) -> str:
        """The sender of every mail."""
        return self.mail_from or f"no-reply@{urlsplit(self.base_url).hostname}"


def public_address(text: str) -> str:
    """Return the one spelling of an address that people open, without a trailing slash; ValueError says what it is."""
    parts = urlsplit(text)
    plain_loopback = parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES
    if not parts.hostname or not (parts.scheme == "https" or plain_loopback):
        raise ValueError("is an https:// address; plain http is for localhost only")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("is scheme, host and port only, without a path")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def variables() -> tuple[str, ...]:
    """Return the name of every variable, without the `_FILE` forms."""
    return tuple(PREFIX + name.upper() for name in Settings.model_fields)


def unknown_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return TWOFOLD_ variables that mean nothing, each with the nearest that does (or an empty string)."""
    known = set(variables())
    known |= {name + FILE for name in known}
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return {name: next(iter(difflib.get_close_matches(name, known, n=1)), "") for name in strange}


@cache
def settings() -> Settings:
    """Return the settings of this process, read at the first call; SettingsProblem when they cannot be."""
    return read()


def read(**given: object) -> Settings:
    """Read the environment; `given` stands over it. SettingsProblem names what is wrong, never a value."""
    try:
        return Settings(**given)  # type: ignore[arg-type]  # each value is checked by its field
    except ValidationError as error:
        sentences = [_sentence(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise SettingsProblem("\n".join(sentences)) from None
    except SettingsError as error:
        raise SettingsProblem(str(error)) from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    text = message.removeprefix("Value error, ")
    return f"{PREFIX}{str(where[0]).upper()} {text}." if where else f"{text}."
