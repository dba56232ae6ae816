"""Enterprises from a file: read (`reading`), check each row (`checks`), write the good ones (`writing`)."""

from enterprises.importer.service import ImportReport, import_enterprises

__all__ = ["ImportReport", "import_enterprises"]
