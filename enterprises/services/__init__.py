"""The writes of enterprises: register, nodes, facts, contacts."""

from enterprises.services.facts import set_facts
from enterprises.services.firms import register_enterprise, save_contact, save_enterprise
from enterprises.services.nodes import put_on_node, take_off_node
from enterprises.services.register import enter_register, leave_register
from enterprises.services.reveal import reveal_contact

__all__ = [
    "enter_register",
    "leave_register",
    "put_on_node",
    "register_enterprise",
    "reveal_contact",
    "save_contact",
    "save_enterprise",
    "set_facts",
    "take_off_node",
]
