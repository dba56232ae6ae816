"""Placeholder until assets are wired."""

from django.contrib.staticfiles.finders import BaseFinder


class NodePackagesFinder(BaseFinder):
    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        return []

    def list(self, ignore_patterns):
        return []
