"""The enterprise pages."""

from enterprises.views.chains import chain_list
from enterprises.views.detail import add_contact, edit, leave, new, page, set_dated_facts, story
from enterprises.views.listing import bulk, export, listing
from enterprises.views.upload import faults, result, template, upload

__all__ = [
    "add_contact",
    "bulk",
    "chain_list",
    "edit",
    "export",
    "faults",
    "leave",
    "listing",
    "new",
    "page",
    "result",
    "set_dated_facts",
    "story",
    "template",
    "upload",
]
