"""The enterprise pages."""

from enterprises.views.chains import chain_list
from enterprises.views.contacts import reveal, seen
from enterprises.views.detail import add_contact, consent, edit, leave, new, page, set_dated_facts, story
from enterprises.views.listing import bulk, export, listing
from enterprises.views.upload import faults, result, template, upload

__all__ = [
    "add_contact",
    "bulk",
    "chain_list",
    "consent",
    "edit",
    "export",
    "faults",
    "leave",
    "listing",
    "new",
    "page",
    "result",
    "reveal",
    "seen",
    "set_dated_facts",
    "story",
    "template",
    "upload",
]
