"""Who, and how sure: inference over custody."""

from whence.tracing.settings import Settings
from whence.tracing.trace import trace

__all__ = ["Settings", "trace"]
