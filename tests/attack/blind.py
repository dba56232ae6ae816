"""What one does not see has no part in any answer: change all of it, ask again, and the answer must be the same.

This finds what no list of names could: counts, orders, filters, searches and messages that depend on hidden rows.
"""

from typing import TYPE_CHECKING

from django.db import connection

from crm.accounts.models import User
from crm.core import clock

if TYPE_CHECKING:
    from tests.attack.fuzz import Attack

MOST = 25  # rows of a kind that are changed far away, and as many near by
NAMED = {
    "stations": ("stations_station", "name = '改' || id, short_name = '改' || id, profile = '改'"),
    "unions": ("stations_tradeunion", "name = '改' || id"),
    "parks": ("stations_park", "name = '改' || id"),
    "chains": ("enterprises_chain", "name = '改' || id"),
    "nodes": ("enterprises_chainnode", "name = '改' || id"),
    "posts": ("stations_post", "title = '改' || id"),
    "grids": ("grids_grid", "name = '改' || id"),
    "persons": ("accounts_person", "name = '改' || id, name_key = 'zz' || id, phone = '1380000' || id"),
    "batches": ("enterprises_importbatch", "file_name = '改' || id, created = created + 1"),
    "enterprises": (
        "enterprises_enterprise",
        "name = '改' || id, name_key = 'a' || id, initials = 'a', address = '改', business_scope = '改', profile = '改'",
    ),
    "visits": (
        "visits_visit",
        "visited_on = visited_on - 3, outcome = 'contacted', mode = 'phone', notes = '改', topics = '{skills}', met = '{hr}'",
    ),
    "notes": ("visits_visit", "notes = '改'"),
    "obligations": (
        "visits_obligation",
        "opens = opens - 365, due = due - 365, closes = closes - 365, cancelled_on = NULL, cancel_reason = ''",
    ),
    "lines": ("grids_responsiblelistline", "enterprise_name = '改', note = '改', workers = 1"),
    "lists": ("grids_responsiblelist", "drafted_by = '改', return_reason = '改', year = year - 1"),
    "recusals": ("grids_recusal", "note = '改'"),
    "regimes": ("visits_regime", "name = '改' || id"),
    "pauses": ("visits_contactpause", "reason = '改'"),
    "exemptions": ("visits_exemption", "reason = '改', asked_by = '改'"),
    "exceptions": ("visits_regimerule", "reason = '改'"),
}
ISSUE = """
    UPDATE issues_issue SET title = '改', text = '改', urgency = 'urgent', due_on = due_on - 9,
        category_id = CASE WHEN (SELECT among_rivals FROM issues_issuecategory c WHERE c.id = category_id) THEN category_id
            ELSE (SELECT min(id) FROM issues_issuecategory WHERE NOT among_rivals) END
    WHERE id = ANY(%(ids)s)
"""
MORE_VISITS = """
    INSERT INTO visits_visit (client_uuid, version, enterprise_id, station_id, post_id, visitor_id, credited_post_id, proxy,
        visited_on, mode, outcome, met, levels, service_kinds, topics, purpose, notes, recorded_at, late_record)
    SELECT gen_random_uuid(), 1, enterprise_id, station_id, post_id, visitor_id, credited_post_id, false,
        %(today)s, 'onsite', 'met', '{}', '{}', '{}', '{}', 'regular', '', recorded_at, false
    FROM visits_visit WHERE id = ANY(%(ids)s) ORDER BY id LIMIT 12
"""
MORE_ISSUES = """
    INSERT INTO issues_issue (client_uuid, version, enterprise_id, station_id, post_id, visit_id, title, text, category_id, kind,
        urgency, simple, withheld, state, raised_on, due_on, outcome_type, resolution, satisfaction, redo_count, recorded_at)
    SELECT gen_random_uuid(), 1, enterprise_id, station_id, post_id, visit_id, '加', '', category_id, 'request', 'normal', false,
        withheld, 'submitted', %(today)s, %(today)s, '', '', '', 0, recorded_at
    FROM issues_issue WHERE id = ANY(%(ids)s) AND handler_id IS NULL ORDER BY id LIMIT 12
"""
MORE_PLACES = """
    INSERT INTO enterprises_chainmembership (term, enterprise_id, node_id, chain_id)
    SELECT daterange(%(today)s - 10, NULL), e.id, n.id, n.chain_id
    FROM enterprises_enterprise e JOIN enterprises_chainnode n ON n.id = ANY(%(nodes)s)
    WHERE e.id = ANY(%(ids)s) ORDER BY e.id, n.id LIMIT 30 ON CONFLICT DO NOTHING
"""
FIGURES = """
    UPDATE enterprises_enterprisefact SET workers = workers + 900000, industrial_workers = industrial_workers + 5
    WHERE enterprise_id = ANY(%(ids)s)
"""
FIGURES_OF_LINES = """
    UPDATE grids_responsiblelistline SET workers = 2, industrial_workers = 1 WHERE enterprise_id = ANY(%(ids)s)
        AND responsible_list_id NOT IN (SELECT id FROM grids_responsiblelist WHERE state = 'released')
"""
# what a mask shows stays: the first sign of a name, the first three and the last four of a phone
CONTACTS = """
    UPDATE enterprises_enterprisecontact
    SET name = left(name, 1) || '改', phone = left(phone, 3) || '9999' || right(phone, 4) WHERE id = ANY(%(ids)s)
"""
FIELDS_OF_FOREIGN_FACTS = "UPDATE enterprises_enterprisefact SET tier = 'micro' WHERE enterprise_id = ANY(%(ids)s)"


def disturb(attack: "Attack", user: User) -> None:
    """Change whatever the user does not see; called inside a transaction that is taken back."""
    with connection.cursor() as cursor:

        def run(statement: str, ids: set[int], **more: object) -> None:
            if ids:
                cursor.execute(statement, {"ids": sorted(ids), "today": clock.today(), **more})

        fixed = attack.town.released
        for kind, (table, change) in NAMED.items():
            run(
                f"UPDATE {table} SET {change} WHERE id = ANY(%(ids)s)",
                unseen(attack, user, kind) - fixed.get(kind, set()),
            )
        visits, issues = unseen(attack, user, "visits"), unseen(attack, user, "issues")
        run(ISSUE, issues)
        run(MORE_VISITS, visits)
        run(MORE_ISSUES, issues)
        firms = unseen(attack, user, "enterprises")
        run(FIELDS_OF_FOREIGN_FACTS, firms)
        kept = {row["id"] for row in attack.oracle._rows["enterprises"]} - attack.figures_of(user)
        run(FIGURES, kept)
        run(FIGURES_OF_LINES, kept)
        run(CONTACTS, unseen(attack, user, "contacts"))
        own_units = attack.oracle._own_units[user.person_id or 0]  # on which chains these lie decides who is a rival
        here = {station for reach in attack.oracle.reaches(user.pk) for station in reach.stations}
        far = {
            row["id"]
            for row in attack.oracle._rows["enterprises"]
            if row["id"] in firms and row["station_id"] not in here and row["id"] not in own_units
        }
        run(MORE_PLACES, far, nodes=sorted(attack.sees(user, "nodes")))


def unseen(attack: "Attack", user: User, kind: str) -> set[int]:
    """Rows of the kind that may not be named to the user; of many some, those near the user first."""
    rows = sorted(set(attack.pools[kind]) - attack.may_be_named(user, kind))
    near = [pk for pk in rows if pk in attack.near(user, kind)]
    far = attack.dice.sample(rows, min(MOST, len(rows)))
    return {*attack.dice.sample(near, min(MOST, len(near))), *far}
