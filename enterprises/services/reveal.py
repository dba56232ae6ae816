"""Reveal a contact's name and phone: one at a time, with a reason, on record, so many a day."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crm.access.roles import Right
from crm.access.scope import require
from crm.accounts.models import User
from crm.core import clock, journal, rules
from crm.core.services import service
from crm.core.text import squeezed
from enterprises.defaults import REVEALS_PER_DAY
from enterprises.enums import RevealReason
from enterprises.models import EnterpriseContact
from enterprises.selectors import REVEAL, reveals
from stations.selectors import acting_post

LONGEST_NOTE = 60


@service
def reveal_contact(*, actor: User, contact: EnterpriseContact, reason: str, note: str = "") -> EnterpriseContact:
    """Put on record that the actor looks at the contact, and why; what follows may show it to the actor that day.

    Looked at again on the same day it is not counted again. Raises ValidationError on reason, note (needed with another
    reason; at most 60 signs) and contact (the day's number is used up: rule `enterprises.reveals_per_day`);
    PermissionDenied without `view_contacts` on the enterprise.
    """
    enterprise = contact.enterprise
    require(actor, Right.VIEW_CONTACTS, enterprise)
    said = squeezed(note)
    if reason not in RevealReason.values:
        raise ValidationError({"reason": [_("Say why.")]})
    if (reason == RevealReason.OTHER and not said) or len(said) > LONGEST_NOTE:
        raise ValidationError({"note": [_("Say why, in at most 60 signs.")]})
    day = clock.today()
    User.objects.select_for_update().get(pk=actor.pk)  # two at once count each other
    seen = set(reveals(day).filter(actor_id=actor.pk).values_list("object_id", flat=True))
    if contact.pk in seen:
        return contact
    most = rules.value(REVEALS_PER_DAY, day, f"station:{enterprise.station_id}")
    if len(seen) >= most:
        raise ValidationError(
            {"contact": [_("You have looked at %(n)d contacts today; that is the most.") % {"n": most}]}
        )
    journal.record(
        actor=actor,
        verb=REVEAL,
        obj=contact,
        post=acting_post(actor, enterprise.station, day) if enterprise.station else None,
        station_id=enterprise.station_id,
        enterprise_id=enterprise.pk,
        changes={"reason": [None, reason], "note": [None, said]},
    )
    return contact
