import unittest

from cicerone_sdk.test import Host, call, failure
from main import PLUGIN


def e164(number, country="DE"):
    return call(PLUGIN, "normalise-phone", {"number": number, "country": country})["e164"]


def refused(number, country="DE"):
    return failure(PLUGIN, "normalise-phone", {"number": number, "country": country}).code


def lines(street, code, city, country):
    args = {"street": street, "postalCode": code, "city": city, "country": country}
    return call(PLUGIN, "normalise-address", args)["lines"]


class Phones(unittest.TestCase):
    def test_one_number_has_one_form_however_it_is_written(self):
        for written in ["030 1234567", "+49 (0)30 / 1234-567", "0049 30 1234567", "(030) 12 34 567", "+49-30-1234567", "０３０ 1234567"]:
            self.assertEqual(e164(written), "+49301234567", written)

    def test_every_country_has_its_own_plan(self):
        for number, country, expected in [
            ("07911 123456", "GB", "+447911123456"),
            ("06 12 34 56 78", "FR", "+33612345678"),
            ("06 1234 5678", "IT", "+390612345678"),
            ("333 1234567", "IT", "+393331234567"),
            ("612 345 678", "ES", "+34612345678"),
            ("044 668 18 00", "CH", "+41446681800"),
            ("0664 1234567", "AT", "+436641234567"),
            ("06-12345678", "NL", "+31612345678"),
            ("512 345 678", "PL", "+48512345678"),
            ("32 12 34 56", "DK", "+4532123456"),
            ("070-123 45 67", "SE", "+46701234567"),
            ("(415) 555-2671", "US", "+14155552671"),
            ("1-800-FLOWERS", "US", "+18003569377"),
            ("011 49 30 1234567", "US", "+49301234567"),
            ("(416) 555-0123", "CA", "+14165550123"),
        ]:
            self.assertEqual(e164(number, country), expected, number)

    def test_what_the_plan_does_not_know_is_refused_with_why(self):
        self.assertEqual(refused("12"), "phone.too_short")
        self.assertEqual(refused("+33 1 23 45 67 89 01"), "phone.too_long")
        self.assertEqual(refused("call me"), "phone.not_a_number")
        self.assertEqual(refused("(123) 555-2671", "US"), "phone.no_such_prefix")
        self.assertEqual(refused("+999 123456"), "phone.country_unknown")
        self.assertEqual(refused("12345", "ZZ"), "phone.country_unknown")

    def test_a_number_tells_what_it_is(self):
        answer = call(PLUGIN, "normalise-phone", {"number": "0151 23456789 ext. 12"})
        self.assertEqual(answer, {"e164": "+4915123456789", "international": "+49 151 234 56789", "country": "DE", "mobile": True, "extension": "12"})
        self.assertFalse(call(PLUGIN, "normalise-phone", {"number": "030 1234567"})["mobile"])

    def test_the_country_is_the_settings_unless_it_is_said(self):
        Host(config={"country": "AT"})
        self.assertEqual(call(PLUGIN, "normalise-phone", {"number": "0664 1234567"})["country"], "AT")

    def test_a_normal_number_is_its_own_normal_form(self):
        for number in ["+49301234567", "+447911123456", "+390612345678", "+14155552671", "+4532123456"]:
            self.assertEqual(e164(number), number)

    def test_the_same_numbers_are_found(self):
        host = Host()
        numbers = ["030 1234567", "040 7654321", "+49 30 1234567", "nonsense", "0049 (0)30 1234567"]
        self.assertEqual(call(PLUGIN, "find-duplicates", {"numbers": numbers}), {"groups": [{"e164": "+49301234567", "places": [0, 2, 4]}], "unfit": [3]})
        self.assertEqual(host.lines[0][1], "Compared numbers.")


class Addresses(unittest.TestCase):
    def test_streets_are_written_out_as_their_country_does(self):
        for street, code, city, country, expected in [
            ("Hauptstr. 12 A", "D-10115", "berlin", "DE", ["Hauptstraße 12a", "10115 Berlin"]),
            ("Berliner Str 3", "14467", "Potsdam", "DE", ["Berliner Straße 3", "14467 Potsdam"]),
            ("12 Bahnhofstr.", "8001", "Zürich", "CH", ["Bahnhofstrasse 12", "8001 Zürich"]),
            ("10 Downing St.", "sw1a2aa", "LONDON", "GB", ["10 Downing Street", "London SW1A 2AA"]),
            ("350 fifth ave", "101180001", "new york", "US", ["350 Fifth Avenue", "New York 10118-0001"]),
            ("12 bis, av. des Champs", "75008", "Paris", "FR", ["12 bis avenue des Champs", "75008 Paris"]),
            ("ul. Marszałkowska 10/12", "00590", "Warszawa", "PL", ["ulica Marszałkowska 10/12", "00-590 Warszawa"]),
            ("Damrak 1", "1012lg", "Amsterdam", "NL", ["Damrak 1", "1012 LG Amsterdam"]),
            ("Sveavägen 44", "SE-111 34", "STOCKHOLM", "SE", ["Sveavägen 44", "111 34 Stockholm"]),
            ("24 Sussex Dr", "k1m 1m4", "Ottawa", "CA", ["24 Sussex Drive", "Ottawa K1M 1M4"]),
            ("Am Markt", "99084", "Erfurt", "DE", ["Am Markt", "99084 Erfurt"]),
        ]:
            self.assertEqual(lines(street, code, city, country), expected)

    def test_a_postal_code_that_is_none_is_refused(self):
        for code, country in [("1234", "DE"), ("ABC", "GB"), ("0123 AB", "NL"), ("D1D 1D1", "CA")]:
            args = {"street": "A 1", "postalCode": code, "city": "B", "country": country}
            self.assertEqual(failure(PLUGIN, "normalise-address", args).code, "address.postal_code", code)
        args = {"street": "A 1", "postalCode": "1", "city": "B", "country": "ZZ"}
        self.assertEqual(failure(PLUGIN, "normalise-address", args).code, "address.country_unknown")
