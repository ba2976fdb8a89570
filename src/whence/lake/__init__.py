"""A dataset kept ready: checked once, compacted, sorted, and added to day by day."""

from whence.lake.building import Built, build
from whence.lake.forgetting import forget
from whence.lake.manifest import is_lake
from whence.lake.opening import open_lake

__all__ = ["Built", "build", "forget", "is_lake", "open_lake"]
