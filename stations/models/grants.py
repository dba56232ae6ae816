"""Rows of rights: guardian's direct-FK tables, a projection of today's appointments written by `stations.grants` alone."""

from django.db import models
from guardian.models import UserObjectPermissionBase

from stations.models.places import Station, TradeUnion


class StationGrant(UserObjectPermissionBase):
    """A user's right on a station today."""

    content_object = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="grants")

    class Meta(UserObjectPermissionBase.Meta):
        pass


class UnionGrant(UserObjectPermissionBase):
    """A user's right on a union and all below it today."""

    content_object = models.ForeignKey(TradeUnion, on_delete=models.CASCADE, related_name="grants")

    class Meta(UserObjectPermissionBase.Meta):
        pass
