"""Wishes and robots; only shape is checked here."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.notices.enums import Channel, RobotKind, Topic
from crm.notices.models import Preference


class PreferenceForm(forms.Form):
    """One box for each topic and channel, named `topic:channel`."""

    email = forms.EmailField(label=_("e-mail"), required=False)
    quiet_from = forms.TimeField(label=_("quiet from"), widget=forms.TimeInput(format="%H:%M"))
    quiet_until = forms.TimeField(label=_("quiet until"), widget=forms.TimeInput(format="%H:%M"))
    every_day = forms.BooleanField(label=_("also on days off"), required=False)

    def __init__(self, data: Any, *, topics: list[Topic], preference: Preference) -> None:
        names = ("email", "quiet_from", "quiet_until", "every_day")
        initial = {name: getattr(preference, name) for name in names}
        self.boxes = [(topic, channel) for topic in topics for channel in map(Channel, Channel.PERSONAL)]
        for topic, channel in self.boxes:
            initial[f"{topic}:{channel}"] = preference.hears(topic, channel)
        super().__init__(data, initial=initial)
        for topic, channel in self.boxes:
            self.fields[f"{topic}:{channel}"] = forms.BooleanField(label=channel.label, required=False)
        self.topics = topics

    def table(self) -> list[tuple[Topic, list[forms.BoundField]]]:
        """(topic, its boxes in the order of the channels)"""
        return [
            (topic, [self[f"{one}:{channel}"] for one, channel in self.boxes if one == topic]) for topic in self.topics
        ]

    def wishes(self) -> dict[str, Any]:
        """The arguments of `save_preference`."""
        data = self.cleaned_data
        plain: dict[str, str | dt.time | bool] = {
            name: data[name] for name in ("email", "quiet_from", "quiet_until", "every_day")
        }
        heard = {(str(topic), str(channel)) for topic, channel in self.boxes if data[f"{topic}:{channel}"]}
        return {**plain, "heard": heard}


class RobotForm(forms.Form):
    kind = forms.ChoiceField(label=_("kind"), choices=RobotKind.choices)
    address = forms.CharField(label=_("address of the robot"), max_length=300)
