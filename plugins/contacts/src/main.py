"""The contact tools: phone numbers and addresses in one form, so that the same is the same."""

from dataclasses import dataclass, field
from typing import Annotated

import address
import phone
from cicerone_sdk import Field, ToolError, config, log, plugin, tool

Country = Annotated[str, Field(pattern="^[A-Za-z]{2}$", description="ISO 3166, such as `DE`; without it, the setting's.")]
Text = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass
class Phone:
    """A phone number.

    Attributes:
        e164: For machines: `+493012345678`.
        international: For people anywhere: `+49 301 234 5678`.
        mobile: Whether it looks like a mobile phone's.
        extension: What is dialled afterwards.
    """

    e164: str
    international: str
    country: str
    mobile: bool
    extension: str | None = None


@tool(effects=["read-only"], title="Normalise a phone number")
def normalise_phone(number: Text, country: Country = "") -> Phone:
    """Writes a phone number as E.164, if the plan of its country knows such numbers.

    Args:
        number: As somebody wrote it.
    """
    found = _fit(phone.parse, "phone", number, _home(country))
    return _phone(found)


@tool(effects=["read-only"], title="Normalise an address")
def normalise_address(street: Text, postal_code: Text, city: Text, country: Country = "") -> address.Address:
    """Writes an address as its country's post wants it: abbreviations written out, the postal code in its form.

    Args:
        street: With the house number.
    """
    return _fit(address.normalise, "address", street, postal_code, city, _home(country))


@dataclass
class Group:
    """Numbers that are the same, by their places in the list."""

    e164: str
    places: list[int]


@dataclass
class Duplicates:
    """What came of a list of numbers."""

    groups: list[Group]
    unfit: list[int] = field(default_factory=list)


@tool(effects=["read-only"], title="Find the same numbers")
def find_duplicates(numbers: Annotated[list[Text], Field(min_items=1, max_items=500)], country: Country = "") -> Duplicates:
    """Finds numbers that are the same, however they are written, and those that are none."""
    home = _home(country)
    places: dict[str, list[int]] = {}
    unfit = []
    for at, number in enumerate(numbers):
        try:
            places.setdefault(phone.parse(number, home).e164, []).append(at)
        except phone.Unfit:
            unfit.append(at)
    log.info("Compared numbers.", numbers=len(numbers), unfit=len(unfit))
    return Duplicates([Group(e164, at) for e164, at in places.items() if len(at) > 1], unfit)


def _home(country: str) -> str:
    return (country or config.get_or("country", "DE")).upper()


def _fit(work, what, *args):
    try:
        return work(*args)
    except phone.Unfit as unfit:
        raise ToolError.invalid_input(unfit, code=f"{what}.{unfit.code}") from None


def _phone(found: phone.Number) -> Phone:
    code = found.e164.removesuffix(found.national.replace(" ", ""))
    return Phone(found.e164, f"{code} {found.national}", found.country, found.mobile, found.extension)


PLUGIN = plugin(
    name="contacts",
    version="0.1.0",
    description="Puts phone numbers and postal addresses into one form.",
    tools=[normalise_phone, normalise_address, find_duplicates],
)
