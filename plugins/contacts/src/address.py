"""Addresses as people write them, in the way their country's post wants them: abbreviations written out or shortened as is
usual there, the house number where it belongs, the postal code in its form."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from phone import Unfit


@dataclass(frozen=True)
class Post:
    """What the post of a country wants."""

    #: What a postal code is, without blanks, in capitals.
    code: str
    #: How it is written: groups of the pattern above.
    written: str
    #: Whether the house number stands before the street.
    number_first: bool = False
    #: Words of streets, and what stands in their place.
    words: tuple[tuple[str, str], ...] = ()


_GERMAN = ((r"str\b\.?", "straße"), (r"strasse\b", "straße"), (r"\bpl\b\.?", "platz"), (r"\bst\b\.(?=\s)", "Sankt"))
_ENGLISH = (
    (r"\bst\b\.?$", "Street"),
    (r"\brd\b\.?", "Road"),
    (r"\bave?\b\.?", "Avenue"),
    (r"\bblvd\b\.?", "Boulevard"),
    (r"\bln\b\.?", "Lane"),
    (r"\bdr\b\.?", "Drive"),
    (r"\bsq\b\.?", "Square"),
    (r"\bct\b\.?", "Court"),
    (r"\bpl\b\.?", "Place"),
)
_FRENCH = ((r"\bav\b\.?", "avenue"), (r"\bbo?u?le?v?d\b\.?", "boulevard"), (r"\bpl\b\.?", "place"), (r"^r\b\.?", "rue"))
_BRITISH = r"(GIR|[A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})"

POSTS = {
    "AT": Post(r"(\d{4})", r"\1", words=_GERMAN),
    "BE": Post(r"(\d{4})", r"\1", words=_FRENCH),
    "CA": Post(r"([A-CEGHJ-NPR-TVXY]\d[A-Z])(\d[A-Z]\d)", r"\1 \2", True, _ENGLISH),
    "CH": Post(r"(\d{4})", r"\1", words=((r"str\b\.?", "strasse"), *_FRENCH)),
    "CZ": Post(r"(\d{3})(\d{2})", r"\1 \2", words=((r"\bnám\b\.?", "náměstí"), (r"\btř\b\.?", "třída"))),
    "DE": Post(r"(\d{5})", r"\1", words=_GERMAN),
    "DK": Post(r"(\d{4})", r"\1", words=((r"\balle\b", "allé"),)),
    "ES": Post(r"(\d{5})", r"\1", words=((r"^c/\s*|^c\.\s*", "Calle "), (r"\bavda?\b\.?", "Avenida"), (r"\bpza\b\.?", "Plaza"))),
    "FR": Post(r"(\d{5})", r"\1", True, _FRENCH),
    "GB": Post(_BRITISH, r"\1 \2", True, _ENGLISH),
    "IE": Post(r"([A-Z]\d[\dW])([A-Z\d]{4})", r"\1 \2", True, _ENGLISH),
    "IT": Post(r"(\d{5})", r"\1", words=((r"^v\b\.?\s+", "Via "), (r"\bp\.?\s?za\b\.?", "Piazza"), (r"\bc\.?\s?so\b\.?", "Corso"))),
    "NL": Post(r"([1-9]\d{3})([A-Z]{2})", r"\1 \2", words=((r"str\b\.?", "straat"), (r"\bpl\b\.?", "plein"))),
    "PL": Post(r"(\d{2})(\d{3})", r"\1-\2", words=((r"^ul\b\.?\s*", "ulica "), (r"^al\b\.?\s*", "aleja "), (r"^pl\b\.?\s*", "plac "))),
    "PT": Post(r"(\d{4})(\d{3})", r"\1-\2", words=((r"^r\b\.?\s+", "Rua "), (r"\bav\b\.?", "Avenida"))),
    "SE": Post(r"(\d{3})(\d{2})", r"\1 \2", words=((r"\bv\b\.?", "väg"), (r"g\.(?=\s|$)", "gatan"))),
    "US": Post(r"(\d{5})(?:(\d{4}))?", r"\1-\2", True, _ENGLISH),
}

#: A number, a letter after it, a range: `12`, `12a`, `12-14`, `12 bis`.
_NUMBER = r"\d{1,5}(?:\s?[a-zA-Z]\b|\s(?:bis|ter)\b)?(?:\s?[-–/]\s?\d{1,5}[a-zA-Z]?)?"


@dataclass
class Address:
    """An address in its country's form."""

    street: str
    postal_code: str
    city: str
    country: str
    lines: list[str]
    house_number: str | None = None


def postal_code(text: str, country: str) -> str:
    """The code in its country's form."""
    post = _post(country)
    bare = re.sub(r"[^A-Z\d]", "", text.upper())
    # `D-10115` and `SE 111 22` carry the country before the digits.
    if not re.fullmatch(post.code, bare):
        bare = re.sub(rf"^(?:{country}|{country[0]})(?=\d)", "", bare)
    found = re.fullmatch(post.code, bare)
    if not found:
        raise Unfit("postal_code", f"`{text[:20]}` is no postal code of {country}")
    return found.expand(post.written).rstrip("-")


def normalise(street: str, code: str, city: str, country: str) -> Address:
    """The whole address."""
    country = country.upper()
    post = _post(country)
    number, name = _split(_tidy(street))
    for word, written in post.words:
        name = re.sub(word, lambda found, written=written: _like(found.group(), written), name, flags=re.IGNORECASE)
    name = _capital(_tidy(name), country)
    city = _capital(_tidy(city), country)
    code = postal_code(code, country)
    parts = [number, name] if post.number_first else [name, number]
    first = " ".join(part for part in parts if part)
    second = f"{city} {code}" if country in ("GB", "IE", "US", "CA") else f"{code} {city}"
    return Address(name, code, city, country, [first, second], number or None)


def _post(country: str) -> Post:
    if country.upper() in POSTS:
        return POSTS[country.upper()]
    raise Unfit("country_unknown", f"no post is known for {country}; there are {', '.join(sorted(POSTS))}")


def _tidy(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip(" ,;")
    return re.sub(r"\s+", " ", text)


def _split(street: str) -> tuple[str, str]:
    """The house number and the rest: it stands first or last, as its country's people or foreigners write it."""
    found = re.fullmatch(rf"({_NUMBER}),?\s+(\D.*)", street) or None
    if found:
        return _close(found.group(1)), found.group(2)
    found = re.fullmatch(rf"(.*?\D)[,\s]\s*(?:nr\.?|no\.?|n°)?\s*({_NUMBER})", street, re.IGNORECASE)
    return (_close(found.group(2)), found.group(1)) if found else ("", street)


def _close(number: str) -> str:
    """`12 A` is `12a`, `12 - 14` is `12-14`."""
    number = re.sub(r"\s?[-–/]\s?", lambda found: "/" if "/" in found.group() else "-", number)
    return re.sub(r"(\d)\s?([a-zA-Z])\b", lambda found: found.group(1) + found.group(2).lower(), number)


def _like(before: str, after: str) -> str:
    """In capitals where the word was: `Hauptstr.` has none within it, `Berliner Str.` has."""
    return after[:1].upper() + after[1:] if before[:1].isupper() else after


def _capital(text: str, country: str) -> str:
    """What is written small or shouted, as a name; what is mixed is left as somebody meant it."""
    if not (text.islower() or text.isupper()):
        return text[:1].upper() + text[1:] if country not in ("FR", "BE", "PL") else text
    small = {"de", "du", "des", "la", "le", "les", "der", "den", "am", "an", "im", "of", "the", "van", "von", "di", "del", "do", "da"}
    words = [part if part in small and at else part[:1].upper() + part[1:] for at, part in enumerate(text.lower().split(" "))]
    return "-".join(part[:1].upper() + part[1:] for part in " ".join(words).split("-"))
