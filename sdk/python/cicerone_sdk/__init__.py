"""Tools for Cicerone conversations: ``tool`` and ``plugin`` make them, type hints say what they take, ``ToolError`` why there
is no answer. What the host lends to a call lies in modules of their own (``cicerone_sdk.kv``), so that a component imports
only what its author does.

Nothing here keeps state between calls: each runs in a fresh sandbox, and what must last goes to ``kv``.
"""

from .context import Context
from .error import ToolError
from .reply import Reply
from .schema import Field
from .tool import Plugin, Tool, plugin, tool

__all__ = ["Context", "Field", "Plugin", "Reply", "Tool", "ToolError", "plugin", "tool"]
