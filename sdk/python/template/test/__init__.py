"""Plain tests; `python -m unittest` finds them. Here is where they find the plugin and its SDK."""

import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_FOLDER / "src"), str(_FOLDER / "sdk")]
