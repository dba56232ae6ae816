"""Build the demo once."""

from random import Random

from crm.accounts.models import User
from crm.core import clock
from crm.core.services import service
from crm.workflows.demo import tables
from crm.workflows.demo.firms import enter_real_firms, enter_sample_firms
from crm.workflows.demo.history import DAY, SPAN, Teller
from crm.workflows.demo.places import open_places
from stations.grants import project
from stations.models import Station

SEED = 20230901


@service
def build_demo() -> bool:
    """Write the demo as of today, all or nothing. Returns False when it is there already (nothing is touched)."""
    if Station._base_manager.filter(paper_code=tables.STATION["paper_code"]).exists():
        return False
    rng = Random(SEED)  # noqa: S311  (sample data, not secrets)
    today = clock.today()
    start = today - SPAN * DAY
    with clock.fixed(start):
        places = open_places(start)
        enter_real_firms(places, start)
        firms = enter_sample_firms(places, start, rng)
    Teller(places, firms, today, rng).tell()
    for user in User.objects.filter(pk__in=[user.pk for user in places.users.values()]):
        project(user, today)
    return True
