from stations.models.grants import StationGrant, UnionGrant
from stations.models.places import Park, StatedFigure, Station, StationPark, TradeUnion
from stations.models.posts import Appointment, Post

__all__ = [
    "Appointment",
    "Park",
    "Post",
    "StatedFigure",
    "Station",
    "StationGrant",
    "StationPark",
    "TradeUnion",
    "UnionGrant",
]
