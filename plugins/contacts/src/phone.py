"""Phone numbers as people write them, as E.164 writes them: `+49 (0)30 / 1234-567` is `+49301234567`.

A number is judged by the plan of its country: its prefixes and how long it is. Whether somebody answers, nobody can tell.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How a country numbers its phones."""

    #: What stands before the number from abroad.
    code: str
    #: What is dialled before it at home, and is left out from abroad.
    trunk: str
    #: How many digits it has, at least and at most, without both.
    length: tuple[int, int]
    #: What mobile numbers begin with.
    mobile: str
    #: What no number begins with.
    never: str = ""
    #: How the digits are grouped for reading; the last group takes the rest.
    groups: tuple[int, ...] = (3, 3)


PLANS = {
    "AT": Plan("43", "0", (4, 13), r"6[5-9]", never="0", groups=(3, 3)),
    "BE": Plan("32", "0", (8, 9), r"4[5-9]", never="0", groups=(3, 2, 2)),
    "CH": Plan("41", "0", (9, 9), r"7[4-9]", never="0|1", groups=(2, 3, 2)),
    "CZ": Plan("420", "", (9, 9), r"60[1-8]|7[0237]", never="0|1", groups=(3, 3)),
    "DE": Plan("49", "0", (5, 12), r"1[567]", never="0", groups=(3, 3)),
    "DK": Plan("45", "", (8, 8), r"[2-9]\d", never="0|1", groups=(2, 2, 2)),
    "ES": Plan("34", "", (9, 9), r"[67]", never="[0-4]", groups=(3, 3)),
    "FR": Plan("33", "0", (9, 9), r"[67]", never="0", groups=(1, 2, 2, 2)),
    "GB": Plan("44", "0", (9, 10), r"7[1-57-9]", never="0|4|6", groups=(4, 3)),
    "IE": Plan("353", "0", (7, 9), r"8[35-9]", never="0", groups=(2, 3)),
    # Italy dials the zero from abroad too: it belongs to the number.
    "IT": Plan("39", "", (6, 11), r"3", never="[1-2]|9", groups=(3, 3)),
    "NL": Plan("31", "0", (9, 9), r"6", never="0", groups=(2, 3)),
    "PL": Plan("48", "", (9, 9), r"45|5[0137]|6[069]|7[2389]|88", never="0", groups=(3, 3)),
    "PT": Plan("351", "", (9, 9), r"9[1236]", never="0|1", groups=(3, 3)),
    "SE": Plan("46", "0", (7, 10), r"7[02369]", never="0", groups=(2, 3, 2)),
    "US": Plan("1", "1", (10, 10), r"$^", never="0|1|...[01]", groups=(3, 3)),
}

#: Countries that share the plan of another.
_LIKE = {"CA": "US"}

_EXTENSION = re.compile(r"(?:ext\.?|extension|x|durchwahl|poste|#)\s*(\d{1,6})\s*$", re.IGNORECASE)
_VANITY = {letter: digit for digit, letters in {"2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ"}.items() for letter in letters}


@dataclass
class Number:
    """A number that its country's plan knows."""

    e164: str
    country: str
    national: str
    mobile: bool
    extension: str | None = None


class Unfit(ValueError):
    """Why a text is no number: a short code and words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def known(country: str) -> str:
    """The country whose plan counts."""
    country = country.upper()
    if country in PLANS or country in _LIKE:
        return country
    raise Unfit("country_unknown", f"no numbering plan is known for {country}; there are {', '.join(sorted(PLANS | _LIKE))}")


def parse(text: str, country: str) -> Number:
    """The number in a text; one without a country's code is of `country`."""
    home = known(country)
    text = unicodedata.normalize("NFKC", text).strip()
    extension = _EXTENSION.search(text)
    if extension:
        text = text[: extension.start()]
    abroad, digits = _digits(text, PLANS[_LIKE.get(home, home)])
    found, national = _country(digits, home) if abroad else (home, digits)
    plan = PLANS[_LIKE.get(found, found)]
    if plan.trunk and national.startswith(plan.trunk) and len(national) > plan.length[0]:
        national = national.removeprefix(plan.trunk)
    _judge(national, plan, found)
    shown = " ".join(_grouped(national, plan.groups))
    mobile = re.match(plan.mobile, national) is not None
    return Number(f"+{plan.code}{national}", found, shown, mobile, extension and extension.group(1))


def _digits(text: str, plan: Plan) -> tuple[bool, str]:
    """Whether it begins with the code of a country, and the digits; letters as on the keys of American phones."""
    abroad = text.startswith("+")
    # `+49 (0)30`: the zero is for callers at home.
    text = re.sub(r"\(\s*0\s*\)", "", text) if abroad or text.startswith("00") else text
    body = text.removeprefix("+").removeprefix("tel:").strip()
    if plan.code == "1":
        body = re.sub(r"(?<=[\d-])[A-Za-z]+(?:-?[A-Za-z]+)*$", lambda found: "".join(_VANITY.get(letter, "") for letter in found.group().upper()), body)
    if not re.fullmatch(r"[\d\s().\-/‐-―]*", body):
        raise Unfit("not_a_number", f"`{text[:40]}` has something in it that is no part of a phone number")
    digits = re.sub(r"\D", "", body)
    if not abroad and plan.code == "1" and digits.startswith("011"):
        return True, digits.removeprefix("011")
    if not abroad and plan.code != "1" and digits.startswith("00"):
        return True, digits.removeprefix("00")
    return abroad, digits


def _country(digits: str, home: str) -> tuple[str, str]:
    """Of countries with the same code, the one at home."""
    for length in (3, 2, 1):
        code = digits[:length]
        sharing = [name for name, plan in PLANS.items() if plan.code == code]
        if sharing:
            found = home if PLANS[_LIKE.get(home, home)].code == code else sharing[0]
            return found, digits[length:]
    raise Unfit("country_unknown", f"no numbering plan is known for +{digits[:3]}…")


def _judge(national: str, plan: Plan, country: str) -> None:
    least, most = plan.length
    if len(national) < least:
        raise Unfit("too_short", f"a number in {country} has at least {least} digits, this has {len(national)}")
    if len(national) > most:
        raise Unfit("too_long", f"a number in {country} has at most {most} digits, this has {len(national)}")
    if plan.never and re.match(plan.never, national):
        raise Unfit("no_such_prefix", f"no number in {country} begins with {national[:4]}")


def _grouped(national: str, groups: tuple[int, ...]) -> list[str]:
    parts = []
    for size in groups:
        parts.append(national[:size])
        national = national[size:]
    return [part for part in [*parts, national] if part]
