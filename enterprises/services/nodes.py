"""Which enterprise lies on which node of a chain."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import journal
from crm.core.dated import close_row, term_from
from crm.core.outcome import Outcome, Refusal
from crm.core.services import service
from enterprises.models import ChainMembership, ChainNode, Enterprise


@service
def put_on_node(*, actor: User, enterprises: Sequence[Enterprise], node: ChainNode, start: dt.date) -> Outcome:
    """Put enterprises on a node from `start` on; in the node's own chain they leave the node they were on.

    An enterprise may lie in several chains, in each on one node by this service. One that is there already is
    unchanged; one for which the actor has not the right is refused. A constant number of queries.
    """
    ids = [row.pk for row in enterprises]
    rows = list(Enterprise._base_manager.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
    mine = set(Enterprise.objects.allowing(actor, Right.MANAGE_REGISTER).filter(pk__in=ids).values_list("pk", flat=True))
    refused = [Refusal(row.pk, row.name, _("Your post does not keep this register.")) for row in rows if row.pk not in mine]
    current = list(ChainMembership.objects.filter(chain=node.chain_id, enterprise__in=mine).ending_after(start))
    there = {row.enterprise_id for row in current if row.node_id == node.pk and row.holds_on(start)}
    moving = [row for row in rows if row.pk in mine and row.pk not in there]
    wanted = {row.pk for row in moving}
    leaving = [row for row in current if row.enterprise_id in wanted]
    begun = [row for row in leaving if row.start < start]
    ChainMembership.objects.filter(pk__in=[row.pk for row in leaving if row.start >= start]).delete()
    for row in begun:
        row.term = term_from(row.start, start)
    ChainMembership.objects.bulk_update(begun, ["term"])
    ChainMembership.objects.bulk_create(
        ChainMembership(enterprise=row, node=node, chain_id=node.chain_id, term=term_from(start)) for row in moving
    )
    journal.record(
        actor=actor,
        verb="put_on_node",
        obj=node,
        changes={"put": [None, len(moving)], "enterprises": [None, sorted(wanted)], "from": [None, str(start)]},
    )
    return Outcome(len(moving), len(there), refused)


@service
def take_off_node(*, actor: User, enterprise: Enterprise, node: ChainNode, on: dt.date) -> None:
    """End an enterprise's place on a node. Raises ValidationError on node when it is not there; PermissionDenied."""
    require(actor, Right.MANAGE_REGISTER, enterprise)
    row = ChainMembership.objects.select_for_update().filter(enterprise=enterprise, node=node).ending_after(on).first()
    if row is None:
        raise ValidationError({"node": [_("The enterprise is not on this node.")]})
    close_row(row, on)
    journal.record(
        actor=actor, verb="take_off_node", obj=node, enterprise_id=enterprise.pk, changes={"on": [None, str(on)]}
    )
