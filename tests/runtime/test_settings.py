"""What the environment may say, and what is refused."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from twofold.settings import Settings, SettingsProblem, read, unknown_variables, variables

if TYPE_CHECKING:
    from pathlib import Path


def test_without_any_variable_it_serves_on_loopback() -> None:
    found = read()
    assert found.base_url == "http://localhost:8420"
    assert not found.is_https
    assert found.proxies == ()
    assert found.uses_sqlite


def test_settings_are_frozen() -> None:
    with pytest.raises(Exception, match="frozen"):
        read().port = 1


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_variable_is_read_from_a_file_too(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "port": "9000",
        "threads": "3",
        "smtp_port": "25",
        "smtp_security": "none",
        "log_format": "json",
        "log_level": "error",
        "time_zone": "Europe/Vienna",
        "public": "https://help.acme.example",
        "proxies": "10.0.0.0/8",
        "setup_from": "10.0.0.0/8",
        "database_url": "postgresql://acme@localhost/acme",
        "listen": "127.0.0.1",
        **dict.fromkeys((name for name in Settings.model_fields if name.startswith("limit_")), "3/10m"),
        "limit_hard_stop": "50",
        "code_minutes": "7",
        "sign_in_minutes": "5/20",
        "set_up_minutes": "20/90",
        "fresh_minutes": "7",
        "fresh_after_recovery_minutes": "7",
        "link_minutes": "7",
        "invitation_days": "8",
        "approval_reminder_hours": "4",
        "helper_code_hours": "8",
        "trusted_networks": "192.0.2.0/24",
        "limit_sign_ups_a_day": "7",
        "limit_codes_an_hour": "7",
        "limit_codes_a_day": "7",
        "limit_texts_to_number": "7",
        "limit_events_of_strangers": "50",
        "limit_events_of_address": "50",
        "sms_provider": "http",
        "sms_address": "https://gateway.acme.example/?to={to}&text={text}",
        "sms_method": "PUT",
        "sms_countries": "AT,DE",
        "sms_budget": "10",
        "sms_end_users_percent": "70",
    }
    together = {
        "owner_email": ("owner_password", "correct horse"),
        "owner_password": ("owner_email", "ann@acme.example"),
        "smtp_user": ("smtp_host", "mail.acme.example"),
        "sms_provider": ("sms_address", values["sms_address"]),
        "sms_address": ("sms_provider", "http"),
        "sms_secret": ("sms_provider", "http"),
    }
    if name == "sms_secret":
        monkeypatch.setenv("TWOFOLD_SMS_ADDRESS", values["sms_address"])
    file = tmp_path / "value"
    file.write_text(values.get(name, "some text") + "\n")
    monkeypatch.delenv(f"TWOFOLD_{name.upper()}", raising=False)
    monkeypatch.setenv(f"TWOFOLD_{name.upper()}_FILE", str(file))
    if name in together:
        other, value = together[name]
        monkeypatch.setenv(f"TWOFOLD_{other.upper()}", value)
    by_file = getattr(read(), name)
    monkeypatch.delenv(f"TWOFOLD_{name.upper()}_FILE")
    monkeypatch.setenv(f"TWOFOLD_{name.upper()}", values.get(name, "some text"))
    assert by_file == getattr(read(), name)
    assert by_file != Settings.model_fields[name].get_default(call_default_factory=True) or name == "listen"


def test_a_variable_and_its_file_at_once_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_PORT", "9000")
    monkeypatch.setenv("TWOFOLD_PORT_FILE", str(tmp_path / "port"))
    with pytest.raises(SettingsProblem, match="TWOFOLD_PORT and TWOFOLD_PORT_FILE are both set"):
        read()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_SMTP_PASSWORD_FILE", str(tmp_path / "nothing"))
    with pytest.raises(SettingsProblem, match=r"TWOFOLD_SMTP_PASSWORD_FILE names .*nothing"):
        read()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "many", "TWOFOLD_PORT"),
        ("PORT", "70000", "TWOFOLD_PORT"),
        ("PUBLIC", "http://help.acme.example", "plain http is for localhost only"),
        ("PUBLIC", "help.acme.example", "TWOFOLD_PUBLIC"),
        ("PUBLIC", "https://help.acme.example/desk", "without a path"),
        ("PUBLIC", "https://ann:secret@help.acme.example", "host and port only"),
        ("PROXIES", "10.0.0.1/8", "TWOFOLD_PROXIES"),
        ("SETUP_FROM", "everywhere", "TWOFOLD_SETUP_FROM"),
        ("TIME_ZONE", "Vienna", "Europe/Vienna"),
        ("DATABASE_URL", "mysql://acme@localhost/acme", "postgresql://"),
        ("SMTP_SECURITY", "ssl", "TWOFOLD_SMTP_SECURITY"),
        ("SMTP_USER", "ann", "TWOFOLD_SMTP_HOST is not"),
        ("OWNER_EMAIL", "ann@acme.example", "go together"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_its_variable(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TWOFOLD_{name}", value)
    with pytest.raises(SettingsProblem, match=says):
        read()


def test_a_refusal_never_quotes_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_DATABASE_URL", "mysql://acme:gravel-otter@localhost/acme")
    with pytest.raises(SettingsProblem) as refused:
        read()
    assert "gravel-otter" not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"TWOFOLD_PUBLIC": "https://help.acme.example"},
        {"TWOFOLD_PROXIES": "10.0.0.0/8"},
        {"TWOFOLD_PUBLIC": "http://localhost:8420", "TWOFOLD_PROXIES": "10.0.0.0/8"},
    ],
)
def test_plain_http_off_loopback_is_refused(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TWOFOLD_LISTEN": "0.0.0.0", **given}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsProblem, match="plain http off loopback is refused"):
        read()


def test_behind_a_named_proxy_with_tls_it_may_listen_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_LISTEN", "10.0.0.5")
    monkeypatch.setenv("TWOFOLD_PUBLIC", "https://help.acme.example")
    monkeypatch.setenv("TWOFOLD_PROXIES", "10.0.0.2/32, 10.0.0.3/32")
    assert read().proxies == (ip_network("10.0.0.2/32"), ip_network("10.0.0.3/32"))


def test_behind_https_the_proxy_on_this_machine_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_PUBLIC", "https://Help.Acme.example")
    found = read()
    assert found.base_url == "https://help.acme.example"
    assert found.proxies == (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def test_a_misspelt_variable_is_found_with_the_nearest_that_means_something() -> None:
    strange = unknown_variables({"TWOFOLD_PROXY": "x", "TWOFOLD_PORT_FILE": "x", "HOME": "x"})
    assert strange == {"TWOFOLD_PROXY": "TWOFOLD_PROXIES"}
    assert "TWOFOLD_PROXIES" in variables()
