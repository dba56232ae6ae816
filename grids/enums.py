"""Words of grids and responsible lists."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ListState(TextChoices):
    DRAFT = "draft", _("Drafted")
    SUBMITTED = "submitted", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    RELEASED = "released", _("Released")


# what may follow what: the way of a list is 拟定 → 报审 → 审定 → 印发; a returned list is a draft again
LIST_MOVES: dict[str, tuple[ListState, ...]] = {
    ListState.DRAFT: (ListState.SUBMITTED,),
    ListState.SUBMITTED: (ListState.APPROVED, ListState.DRAFT),
    ListState.APPROVED: (ListState.RELEASED, ListState.DRAFT),
    ListState.RELEASED: (),
}
