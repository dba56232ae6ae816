"""A visit with the issue heard there: one form, one transaction."""

from dataclasses import dataclass
from typing import Any

from crm.accounts.models import User
from crm.core.services import service
from crm.issues.models import Issue
from crm.issues.services import open_issue
from crm.visits.models import Visit
from crm.visits.selectors import sent_before
from crm.visits.services import log_visit


@dataclass(frozen=True)
class VisitReport:
    """What was written; `repeated` when the same report had been sent before."""

    visit: Visit
    issue: Issue | None
    repeated: bool


@service
def submit_visit_report(*, actor: User, visit: dict[str, Any], issue: dict[str, Any] | None = None) -> VisitReport:
    """Log a visit and open the issue heard there: both or neither.

    `visit` holds the arguments of `log_visit`, `issue` those of `open_issue` but enterprise, visit, post and raised_on,
    which follow from the visit. Sending the report again gives the same answer. Raises what the
    two services raise, on the fields of their own names.
    """
    repeated = sent_before(visit["client_uuid"])
    logged = log_visit(actor=actor, **visit)
    if issue is None:
        return VisitReport(logged, None, repeated)
    opened = open_issue(
        actor=actor, enterprise=logged.enterprise, visit=logged, post=logged.post, raised_on=logged.visited_on, **issue
    )
    return VisitReport(logged, opened, repeated)
