"""The enterprise pages."""

from enterprises.views.cadres import cadre
from enterprises.views.chains import chain_list
from enterprises.views.contacts import reveal, seen
from enterprises.views.detail import add_contact, consent, edit, leave, new, page, set_dated_facts, story
from enterprises.views.listing import bulk, export, listing
from enterprises.views.seasons import chain_seasons, seasons
from enterprises.views.upload import faults, result, template, upload

__all__ = [
    "add_contact",
    "bulk",
    "cadre",
    "chain_list",
    "chain_seasons",
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
    "seasons",
    "seen",
    "set_dated_facts",
    "story",
    "template",
    "upload",
]
