"""What the rights' mechanism asks this room (providers, see `crm.access.grants`)."""

from django.db.models import Q

from crm.access.grants import Grants
from crm.access.roles import Right
from stations.models import Station, StationPark


def parks_of_stations(grants: Grants, right: Right) -> Q:
    """Parks where the stations on which the right is held sit, and those that they serve on the day; each once."""
    station_ids = grants.station_ids(right)
    if not station_ids:
        return Q(pk__in=[])
    served = StationPark._base_manager.filter(station__in=station_ids, term__contains=grants.day)
    homes = Station._base_manager.filter(pk__in=station_ids)
    return Q(pk__in=served.values("park_id")) | Q(pk__in=homes.values("home_park_id"))
