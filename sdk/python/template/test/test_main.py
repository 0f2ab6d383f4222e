import unittest

from cicerone_sdk.test import call, failure
from main import PLUGIN


class Forecast(unittest.TestCase):
    def test_a_forecast_needs_a_city(self):
        self.assertEqual(failure(PLUGIN, "forecast", {"city": " "}).code, "city.empty")
        self.assertEqual(call(PLUGIN, "forecast", {"city": "Lisbon"})["celsius"], 16)
