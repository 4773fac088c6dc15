"""What an operator sets about text messages: a part of the settings (settings.py)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from twofold.core import texts
from twofold.core.texts import METHODS, MOST_BUDGET, PROVIDERS, Provider, Sender, Unfit

_SAID = {
    Unfit.MISSING: "is missing",
    Unfit.TOO_LONG: "is too long, or holds characters that cannot be sent",
    Unfit.NOT_AN_ADDRESS: "is an https:// address without a user name, and without placeholders in its host",
    Unfit.PLAIN_HTTP: "is an https:// address; plain http is for this machine only",
    Unfit.UNKNOWN_PLACEHOLDER: "asks for a placeholder that there is not",
    Unfit.NO_PLACE_FOR_TEXT: "or the address has to ask for {text}, and for {to} or {number}",
    Unfit.NOT_A_HEADER: "holds one header a line, as Name: value",
    Unfit.NOT_A_SENDER: "is a number, a name of at most eleven letters and digits, or the id of a messaging service",
}
_VARIABLES = {"sender": "from"}


class SmsSettings(BaseSettings):
    """How texts leave. Nothing of it is read while no provider is named."""

    sms_provider: Literal["", "http", "twilio", "vonage"] = Field(
        default="",
        description="Who takes text messages: `twilio`, `vonage`, or `http` for any gateway. Left out: whatever owners "
        "set in Admin Center.",
    )
    sms_address: str = Field(
        default="",
        description="For `http` the whole address, with placeholders (how-to/text-messages.md); for the others the "
        "beginning of theirs, when it is another than usual. https, or http to this machine.",
    )
    sms_method: Literal["POST", "GET", "PUT"] = Field(default=METHODS[0], description="For `http`: the method.")
    sms_headers: str = Field(
        default="", description="For `http`: headers, one a line as `Name: value`, with placeholders."
    )
    sms_body: str = Field(default="", description="For `http`: the body, with placeholders.")
    sms_says: str = Field(
        default="",
        description="For `http`: what an answer holds when the text was taken. Left out: the status alone says so.",
    )
    sms_user: str = Field(
        default="",
        description="Twilio's account SID (or SID/KEY), Vonage's API key; for `http` what `{user}` stands for.",
    )
    sms_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Twilio's auth token or key secret, Vonage's API secret; for `http` what `{secret}` stands for.",
    )
    sms_from: str = Field(
        default="",
        description="Whom texts come from: a number, a name of eleven letters and digits at most, or the id of a "
        "Twilio messaging service.",
    )
    sms_countries: str = Field(
        default="",
        description="Regions that texts go to, as ISO 3166 codes with commas between, `AT,CH,DE`; `*` for all. "
        "Left out: those that owners tick in Admin Center.",
    )
    sms_budget: int = Field(
        default=0,
        ge=0,
        le=MOST_BUDGET,
        description="How many texts an account sends in a day at most. 0: as owners set it in Admin Center, 200 at "
        "first.",
    )

    sms_end_users_percent: int = Field(
        default=texts.END_USERS_PERCENT,
        ge=1,
        le=100,
        description="How many of the texts of a day, in percent, end users use at most; the rest is kept for the team.",
    )

    @field_validator("sms_countries")
    @classmethod
    def _regions(cls, value: str) -> str:
        if value.strip() == "*":
            return "*"
        found = texts.regions_of(value)
        if found is None:
            raise ValueError("is a list of two-letter regions such as AT,CH,DE, or *")
        return ",".join(sorted(found))

    @model_validator(mode="after")
    def _a_whole_sender(self) -> SmsSettings:
        if not self.sms_provider:
            if self.sms_address or self.sms_secret.get_secret_value():
                raise ValueError("TWOFOLD_SMS_ADDRESS or TWOFOLD_SMS_SECRET is set, TWOFOLD_SMS_PROVIDER is not")
            return self
        for name, problem in texts.problems(self.sms_sender).items():
            raise ValueError(f"TWOFOLD_SMS_{_VARIABLES.get(name, name).upper()} {_SAID[problem]}")
        return self

    @property
    def sms_sender(self) -> Sender:
        """How texts leave, where a provider is named."""
        provider = Provider(self.sms_provider)
        return Sender(
            provider=provider,
            address=self.sms_address or PROVIDERS[provider].address,
            method=self.sms_method,
            headers=self.sms_headers,
            body=self.sms_body,
            user=self.sms_user,
            secret=self.sms_secret.get_secret_value(),
            sender=self.sms_from,
            says=self.sms_says,
        )
