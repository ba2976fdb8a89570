"""Pages and pictures for people: the report of a trace, self-contained and readable offline."""

from whence.pages.drawing import warm_up
from whence.pages.report import fragment, render

__all__ = ["fragment", "render", "warm_up"]
