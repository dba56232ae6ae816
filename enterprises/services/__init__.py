"""The writes of enterprises: register, nodes, facts, contacts, busy seasons."""

from enterprises.services.cadres import end_cadre, seat_cadre
from enterprises.services.facts import set_facts
from enterprises.services.firms import register_enterprise, save_contact, save_enterprise
from enterprises.services.nodes import put_on_node, take_off_node
from enterprises.services.register import enter_register, leave_register
from enterprises.services.reveal import reveal_contact
from enterprises.services.seasons import add_season, end_season

__all__ = [
    "add_season",
    "end_cadre",
    "end_season",
    "enter_register",
    "leave_register",
    "put_on_node",
    "register_enterprise",
    "reveal_contact",
    "save_contact",
    "save_enterprise",
    "seat_cadre",
    "set_facts",
    "take_off_node",
]
