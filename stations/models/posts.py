"""Posts (seats) and appointments (who sits in them, from when to when)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access.roles import Right, Role
from crm.access.scope import Scope, ScopedQuerySet
from crm.accounts.models import Person
from crm.core.dated import Dated, DatedQuerySet, no_overlap
from crm.core.text import plain_name
from stations.enums import SOURCE_OF_ROLE, SourceKind
from stations.models.places import Station, TradeUnion


class PostQuerySet(DatedQuerySet, ScopedQuerySet):
    def of_role(self, *roles: str) -> "PostQuerySet":
        return self.filter(role__in=roles)


class Post(Dated):
    """A seat: a role at a station or a union. Rights and duties belong to it, never to the person."""

    role = models.CharField(_("role"), max_length=20, choices=Role)
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    union = models.ForeignKey(TradeUnion, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    title = models.CharField(_("title"), max_length=60, validators=[plain_name])

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("station_id",), union="union__path")
    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            models.CheckConstraint(
                name="stations_post_one_container",
                condition=Q(station__isnull=False, union__isnull=True) | Q(station__isnull=True, union__isnull=False),
                violation_error_code="station",
                violation_error_message=_("A post belongs to one station or to one union."),
            ),
            models.CheckConstraint(
                name="stations_post_role_fits_container",
                condition=(
                    Q(
                        station__isnull=False,
                        role__in=[
                            Role.CHIEF,
                            Role.GRID_OFFICER,
                            Role.LIAISON,
                            Role.API_CONSUMER,
                            Role.ENTERPRISE_CADRE,
                        ],
                    )
                    | Q(
                        union__isnull=False,
                        role__in=[Role.DISTRICT_LEADER, Role.DISTRICT_STAFF, Role.API_CONSUMER, Role.ADMINISTRATOR],
                    )
                ),
                violation_error_code="role",
                violation_error_message=_("This role has no post there."),
            ),
            # a station has one chief's post at a time; target of the composite key below
            no_overlap(
                "station",
                name="stations_post_one_chief",
                condition=Q(role=Role.CHIEF),
                field="role",
                message=_("The station has a chief's post already."),
            ),
            models.UniqueConstraint(fields=["id", "role"], name="stations_post_id_role"),
        )

    def __str__(self) -> str:
        return self.title


_SOURCE_FITS = Q(acting=True)
for _role, _kind in SOURCE_OF_ROLE.items():
    _SOURCE_FITS |= Q(role=_role, source_kind=_kind)


class AppointmentQuerySet(DatedQuerySet, ScopedQuerySet):
    def regular(self) -> "AppointmentQuerySet":
        """Appointments proper, 代管 apart."""
        return self.filter(acting=False)


class Appointment(Dated):
    """A person in a post for a term. `role` repeats the post's (a composite foreign key keeps it true)."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=20, choices=Role, editable=False)
    acting = models.BooleanField(_("acting"), default=False)
    source_kind = models.CharField(_("source"), max_length=20, choices=SourceKind)
    source_union = models.ForeignKey(
        TradeUnion,
        verbose_name=_("grassroots union"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="seconded",
    )
    source_office = models.CharField(_("office"), max_length=80, blank=True, validators=[plain_name])

    scope: ClassVar[Scope] = Scope(view=Right.VIEW_STATION, stations=("post__station_id",), union="post__union__path")
    objects = AppointmentQuerySet.as_manager()

    class Meta:
        constraints = (
            *Dated.Meta.constraints,
            no_overlap(
                "post",
                name="stations_appointment_one_holder",
                condition=Q(acting=False),
                message=_("The post has a holder at that time already."),
            ),
            no_overlap(
                "post",
                name="stations_appointment_one_acting",
                condition=Q(acting=True),
                message=_("Somebody acts for this post at that time already."),
            ),
            no_overlap(
                "person",
                name="stations_appointment_one_grid",
                condition=Q(acting=False, role=Role.GRID_OFFICER),
                field="person",
                message=_(
                    "This person answers for another grid at that time; a second one only as acting (代管) with an end."
                ),
            ),
            models.CheckConstraint(
                name="stations_appointment_acting_ends",
                condition=Q(acting=False) | Q(term__endswith__isnull=False),
                violation_error_code="term",
                violation_error_message=_("An acting appointment (代管) needs an end date."),
            ),
            models.CheckConstraint(
                name="stations_appointment_source_fits",
                condition=_SOURCE_FITS,
                violation_error_code="source_kind",
                violation_error_message=_("This source does not fit the role."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person} · {self.post}"
