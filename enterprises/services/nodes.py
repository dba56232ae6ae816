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
from crm.core.outcome import Outcome
from crm.core.services import service
from enterprises.models import ChainMembership, ChainNode, Enterprise
from enterprises.services.reach import allowed, locked


@service
def put_on_node(*, actor: User, enterprises: Sequence[Enterprise], node: ChainNode, start: dt.date) -> Outcome:
    """Put enterprises on a node from `start` on; in the node's own chain they leave the node they were on.

    An enterprise may lie in several chains, in each on one node by this service. One that is there already is
    unchanged; one for which the actor has not the right is refused. A constant number of queries.
    """
    mine, refused = allowed(actor, locked(row.pk for row in enterprises))
    ids = [row.pk for row in mine]
    current = list(
        ChainMembership._base_manager.filter(chain=node.chain_id, enterprise__in=ids, term__overlap=(start, None))
    )
    there = {row.enterprise_id for row in current if row.node_id == node.pk and row.end is None and row.holds_on(start)}
    moving = [row for row in mine if row.pk not in there]
    wanted = {row.pk for row in moving}
    leaving = [row for row in current if row.enterprise_id in wanted]
    begun = [row for row in leaving if row.start < start]
    ChainMembership._base_manager.filter(pk__in=[row.pk for row in leaving if row.start >= start]).delete()
    for row in begun:
        row.term = term_from(row.start, start)
    ChainMembership._base_manager.bulk_update(begun, ["term"])
    ChainMembership._base_manager.bulk_create(
        ChainMembership(enterprise=row, node=node, chain_id=node.chain_id, term=term_from(start)) for row in moving
    )
    if moving:
        journal.record(
            actor=actor,
            verb="put_on_node",
            obj=node,
            station_id=moving[0].station_id,
            enterprise_id=moving[0].pk if len(moving) == 1 else None,
            changes={"put": [None, len(moving)], "enterprises": [None, sorted(wanted)], "from": [None, str(start)]},
        )
    return Outcome(len(moving), len(there), refused)


@service
def take_off_node(*, actor: User, enterprise: Enterprise, node: ChainNode, on: dt.date) -> None:
    """End an enterprise's place on a node. Raises ValidationError on node when it is not there; PermissionDenied."""
    require(actor, Right.MANAGE_REGISTER, enterprise)
    places = ChainMembership.objects.filter(enterprise=enterprise, node=node).ending_after(on).order_by("term")
    row = places.select_for_update().first()
    if row is None:
        raise ValidationError({"node": [_("The enterprise is not on this node.")]})
    close_row(row, on)
    journal.record(
        actor=actor,
        verb="take_off_node",
        obj=node,
        station_id=enterprise.station_id,
        enterprise_id=enterprise.pk,
        changes={"on": [None, str(on)]},
    )
