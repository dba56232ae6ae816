"""包保联系卡: numbers for the cards at the gates."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.services import service
from grids.models import GateCard
from stations.models import Station


@service
def issue_cards(*, actor: User, station: Station, enterprise_ids: Iterable[int]) -> int:
    """Give each of the enterprises that has none a number for its card; how many got one. PermissionDenied."""
    require(actor, Right.MANAGE_GRIDS, station)
    # orders two who issue at once
    Station.objects.select_for_update(no_key=True).get(pk=station.pk)
    wanted = list(dict.fromkeys(enterprise_ids))
    has = set(
        GateCard.objects.filter(station=station, revoked_at=None, enterprise__in=wanted).values_list(
            "enterprise_id", flat=True
        )
    )
    rows = [GateCard(enterprise_id=pk, station=station) for pk in wanted if pk not in has]
    GateCard.objects.bulk_create(rows)
    if rows:
        journal.record(
            actor=actor, verb="issue_cards", obj=station, station_id=station.pk, changes={"cards": [None, len(rows)]}
        )
    return len(rows)


@service
def revoke_card(*, actor: User, card: GateCard) -> None:
    """The card's code leads nowhere any more; another may be issued. Raises ValidationError when it is revoked already."""
    require(actor, Right.MANAGE_GRIDS, card)
    row = GateCard.objects.select_for_update().get(pk=card.pk)
    if row.revoked_at is not None:
        raise ValidationError(_("The card has been revoked already."))
    row.revoked_at = clock.now()
    row.save(update_fields=["revoked_at"])
    journal.record(actor=actor, verb="revoke_card", obj=row, station_id=row.station_id, enterprise_id=row.enterprise_id)
