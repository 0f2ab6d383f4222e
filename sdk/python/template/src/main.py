"""The tools of the plugin ``{{name}}``."""

from dataclasses import dataclass
from typing import Annotated

from cicerone_sdk import Field, ToolError, plugin, tool


@dataclass
class Forecast:
    """What to expect."""

    city: str
    summary: str
    celsius: int


@tool(effects=["read-only"])
def forecast(city: str, days: Annotated[int, Field(minimum=0, maximum=7)] = 0) -> Forecast:
    """Tells what the weather will be like in a city.

    Args:
        city: The city.
        days: Days from now.
    """
    city = city.strip()
    if not city:
        raise ToolError.invalid_input("a forecast needs a city", code="city.empty")
    # Every city has its own weather; replace this with yours.
    celsius = 10 + len(city) + days
    return Forecast(city, "sunny" if celsius > 20 else "cloudy", celsius)


PLUGIN = plugin(
    name="{{name}}",
    version="0.1.0",
    description="Says what the weather is like.",
    tools=[forecast],
)
