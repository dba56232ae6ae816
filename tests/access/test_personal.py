"""The register of personal fields: every text of every table is judged, and what is personal is nowhere told by itself."""

from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management import call_command
from django.db import models

from crm.access.personal import PERSONAL, Level, table

ROOMS = {"core", "accounts", "stations", "enterprises", "grids", "visits", "issues", "notices", "programs"}
TEXTS = (models.CharField, models.TextField, models.JSONField, ArrayField)
# looked at, and not about people: add a new text here only after asking what people will write into it
REVIEWED = """
core.JournalEntry: post_label verb object_type request_id
core.CalendarDay: name
core.Rule: code scope unit note
accounts.User: password
stations.TradeUnion: path name short_name division_code
stations.Park: name short_name profile
stations.Station: name short_name paper_code profile extra_services
stations.StatedFigure: code label unit qualifier source
stations.Post: title
stations.Appointment: source_office
enterprises.Enterprise: uscc old_number name short_name former_names name_key initials ownership
enterprises.Enterprise: registered_capital business_scope industry_code division_code province city address
enterprises.Enterprise: building visiting_hours busy_seasons profile external_ids
enterprises.Chain: code name profile title
enterprises.ChainNode: name
enterprises.EnterpriseSeat: role
enterprises.ImportBatch: file_name file_hash unknown_columns
grids.GateCard: token
grids.Grid: name
grids.ResponsibleList: return_reason
grids.ResponsibleListLine: enterprise_name uscc place nodes tier union_state grid_name frequency note
visits.Regime: name
visits.RegimeRule: reason levels
visits.ContactPause: reason
visits.Exemption: reason decline_reason
visits.Visit: met levels service_kinds topics
visits.VisitPhoto: source
visits.ConfirmationLink: mark
visits.Submission: digest closed
visits.SubmissionConflict: digest
visits.Obligation: cancel_reason exempt_reason
visits.ContactEvent: place service_kinds topics
issues.IssueCategory: code name usual_handler
issues.Issue: number
issues.IssueEvent: from_state data
notices.Feed: kept
notices.Notice: content
notices.Preference: silenced
notices.Robot: key
notices.TickDone: name
programs.Checklist: name
programs.ChecklistLine: title asks off_tiers off_sizes
programs.Policy: title number issuer summary link
programs.Title: number name
programs.AreaTitle: number
"""


def texts() -> set[str]:
    """Every field of ours that can hold words, choices from a list apart."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in ROOMS
        for field in model._meta.concrete_fields
        if isinstance(field, TEXTS) and not getattr(field, "choices", None)
    }


def reviewed() -> set[str]:
    lines = (line.partition(": ") for line in REVIEWED.strip().splitlines())
    return {f"{label}.{name}" for label, _colon, names in lines for name in names.split()}


def test_every_text_is_judged_once() -> None:
    assert texts() == reviewed() | set(PERSONAL)
    assert not reviewed() & set(PERSONAL)


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_an_entry_says_what_for_why_and_how_long(name: str) -> None:
    entry = PERSONAL[name]
    assert all((entry.purpose, entry.basis, entry.retention))
    assert entry.level in Level


def test_what_looks_personal_is_in_the_register() -> None:
    signs = ("phone", "contact", "actor", "person", "_by", "officer_name", "chief_name")
    assert {name for name in texts() if any(sign in name.lower().rsplit(".", 1)[1] for sign in signs)} <= set(PERSONAL)


def test_the_page_of_the_docs_is_the_register(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "personal-data.md").read_text(encoding="utf-8")
    call_command("personal_fields")
    assert capsys.readouterr().out.strip() == table()
    assert table() in page
    lines = table().splitlines()
    assert lines[0] == "| Field | Level | Purpose | Basis | Kept |"
    assert {line.count("|") for line in lines} == {6}
    assert [line.split("`")[1] for line in lines[2:]] == sorted(PERSONAL)
