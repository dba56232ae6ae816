"""The demo: 呈贡 as its page describes it, filled with sample data. Everything is dated as an offset from today."""

from crm.workflows.demo.build import build_demo
from crm.workflows.demo.picture import picture

__all__ = ["build_demo", "picture"]
