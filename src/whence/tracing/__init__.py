"""Who, and how sure: inference over custody."""

from whence.tracing.settings import Settings
from whence.tracing.trace import observed, trace

__all__ = ["Settings", "observed", "trace"]
