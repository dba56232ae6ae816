"""Static files out of `node_modules`: only those that the pages use, under short names."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Info
from django.core.files.storage import FileSystemStorage, Storage

# {static name: file in node_modules}
FILES = {
    "npm/echarts.min.js": "echarts/dist/echarts.common.min.js",
}


class RenamedStorage(FileSystemStorage):
    """`node_modules` seen through the list: a static name opens the package's file."""

    def path(self, name: str) -> str:
        """The file behind a listed name; KeyError for any other."""
        return str(Path(self.location) / FILES[name])


class NodePackagesFinder(BaseFinder):
    """Finds the listed files; nothing else of `node_modules` can be served. Finds nothing when they were not fetched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = RenamedStorage(location=settings.ROOT / "node_modules")
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Say when the packages were not fetched: the pages work, tables stand for charts."""
        missing = [name for name in FILES if not Path(self.storage.path(name)).exists()]
        if not missing:
            return []
        words = f"The pages have no charts: {missing[0]} was not fetched."
        return [Info(words, hint="Run bootstrap.py when the npm registry can be reached.", id="core.I001")]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file behind a static name, `[]` when it is not listed or not fetched."""
        found = self.storage.path(path) if path in FILES else ""
        if not found or not Path(found).exists():
            return []
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Every fetched file, for collectstatic and WhiteNoise."""
        for name in FILES:
            if Path(self.storage.path(name)).exists():
                yield name, self.storage
