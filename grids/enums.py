"""Words of grids and responsible lists."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ListState(TextChoices):
    DRAFT = "draft", _("Drafted")
    SUBMITTED = "submitted", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    RELEASED = "released", _("Released")


class RecusalKind(TextChoices):
    OWN_UNIT = "own_unit", _("Own unit")
    COMPETITOR = "competitor", _("Competitor in the trade")
    COUNTERPARTY = "counterparty", _("Counterparty in dealings")
    WISH = "wish", _("The enterprise asks for another officer")


# kinds that take the work on the enterprise at once; a wish is for the next assignment
KEEPS_AWAY = (RecusalKind.OWN_UNIT, RecusalKind.COMPETITOR, RecusalKind.COUNTERPARTY)


# what may follow what: the way of a list is 拟定 → 报审 → 审定 → 印发; a returned list is a draft again
LIST_MOVES: dict[str, tuple[ListState, ...]] = {
    ListState.DRAFT: (ListState.SUBMITTED,),
    ListState.SUBMITTED: (ListState.APPROVED, ListState.DRAFT),
    ListState.APPROVED: (ListState.RELEASED, ListState.DRAFT),
    ListState.RELEASED: (),
}
