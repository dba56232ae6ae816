"""One file per resource: its shapes, filters and viewset."""
