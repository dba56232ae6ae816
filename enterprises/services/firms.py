"""One enterprise: enter it by hand, correct it, keep its contacts."""

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal
from crm.core.dated import term_from
from crm.core.services import cleaned, service
from crm.core.text import half_width, squeezed
from enterprises.enums import CandidateSource
from enterprises.models import Candidate, Enterprise, EnterpriseContact, EnterpriseFact
from enterprises.models.enterprises import OLDEST
from stations.models import Station

EDITABLE = (
    "uscc", "old_number", "name", "short_name", "ownership", "registered_on", "registered_capital", "business_scope",
    "industry_code", "address", "park", "building", "shift", "visiting_hours", "busy_seasons", "union_state",
    "contract_state", "profile",
)  # fmt: skip

LONG = ("business_scope", "profile")  # texts that keep their lines


def _tidy(name: str, value: Any) -> Any:
    """A field's value as it is kept: without space around it, codes in half-width capitals."""
    if not isinstance(value, str):
        return value
    if name == "uscc":
        return half_width(squeezed(value)).upper()
    return value.strip() if name in LONG else squeezed(value)


def _apply(row: Enterprise, fields: dict[str, Any]) -> dict[str, list[Any]]:
    """Set the fields; {field: [before, after]} of what changed. Raises ValidationError on a day of registration."""
    unknown = set(fields) - set(EDITABLE)
    if unknown:
        raise TypeError(f"unknown fields: {sorted(unknown)}")
    changes = {}
    for name, given in fields.items():
        value = _tidy(name, given)
        if getattr(row, name) != value:
            changes[name] = [str(getattr(row, name) or ""), str(value or "")]
            setattr(row, name, value)
    if row.registered_on is not None and row.registered_on < OLDEST:
        raise ValidationError({"registered_on": [_("Not a day of the calendar: write 2019-04-29.")]})
    if row.registered_on is not None and row.registered_on > clock.today():
        raise ValidationError({"registered_on": [_("The day of registration lies in the future.")]})
    row.set_keys()
    return changes


@service
def register_enterprise(*, actor: User, station: Station, client_uuid: uuid.UUID, **fields: Any) -> Enterprise:
    """Enter an enterprise by hand: a candidate of the station. The same UUID again gives the first one again.

    Raises ValidationError on a field (the code's check digit, a code in use), client_uuid (code "conflict");
    PermissionDenied.
    """
    require(actor, Right.MANAGE_REGISTER, station)
    before = Enterprise._base_manager.filter(client_uuid=client_uuid).first()
    if before is not None:
        candidates = Candidate._base_manager.filter(station=station, enterprise=before)
        ours = before.station_id == station.pk or candidates.exists()
        if before.name != squeezed(fields.get("name", "")) or not ours:
            words = _("Another enterprise was sent under this number already. Open the form again.")
            raise ValidationError({"client_uuid": [ValidationError(words, code="conflict")]})
        return before
    row = Enterprise(client_uuid=client_uuid)
    _apply(row, fields)
    cleaned(row).save()
    EnterpriseFact.objects.create(enterprise=row, term=term_from(clock.today()))
    Candidate._base_manager.create(enterprise=row, station=station, source=CandidateSource.ENTERED)
    journal.record(actor=actor, verb="register_enterprise", obj=row, station_id=station.pk, enterprise_id=row.pk)
    return row


@service
def save_enterprise(*, actor: User, enterprise: Enterprise, version: int, **fields: Any) -> Enterprise:
    """Correct an enterprise's undated fields. Raises ValidationError on version (code "conflict") and on fields."""
    require(actor, Right.MANAGE_REGISTER, enterprise)
    row = Enterprise._base_manager.select_for_update(no_key=True).get(pk=enterprise.pk)
    if row.version != version:
        words = _("Somebody else has changed this enterprise. Look again.")
        raise ValidationError({"version": [ValidationError(words, code="conflict")]})
    changes = _apply(row, fields)
    if changes:
        row.version += 1
        cleaned(row).save()
        journal.record(
            actor=actor,
            verb="save_enterprise",
            obj=row,
            station_id=row.station_id,
            enterprise_id=row.pk,
            changes=changes,
        )
    return row


@service
def save_contact(
    *, actor: User, enterprise: Enterprise, contact: EnterpriseContact | None = None, **fields: Any
) -> EnterpriseContact:
    """Enter or correct a contact of an enterprise; the first choice is one at a time. The journal names no person."""
    require(actor, Right.MANAGE_REGISTER, enterprise)
    row = contact or EnterpriseContact(enterprise=enterprise)
    if row.enterprise_id != enterprise.pk:
        raise ValidationError({"contact": [_("The contact belongs to another enterprise.")]})
    for name in ("name", "title", "phone", "is_primary"):
        if name in fields:
            setattr(row, name, fields[name])
    if row.is_primary:
        EnterpriseContact._base_manager.filter(enterprise=enterprise).exclude(pk=row.pk).update(is_primary=False)
    cleaned(row).save()
    journal.record(
        actor=actor,
        verb="save_contact",
        obj=row,
        station_id=enterprise.station_id,
        enterprise_id=enterprise.pk,
        changes={name: ["…", "…"] for name in fields},
    )
    return row
