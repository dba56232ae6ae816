from django.db import migrations

LONG_PAST = "DATE '0001-01-01'"
# whose plan a row decides: table → SQL over `changed` (the statement's rows) that finds the enterprises
BY_ENTERPRISE = "SELECT enterprise_id FROM changed WHERE enterprise_id IS NOT NULL"
UNDER_UNIONS = """
    SELECT e.enterprise_id FROM enterprises_registerentry e JOIN stations_station s ON s.id = e.station_id
    JOIN stations_tradeunion u ON u.id = s.union_id
    JOIN stations_tradeunion above ON starts_with(u.path, above.path)
"""
WHOSE = {
    "enterprises_registerentry": BY_ENTERPRISE,
    "enterprises_enterprisefact": BY_ENTERPRISE,
    "enterprises_chainmembership": BY_ENTERPRISE,
    "enterprises_enterpriseseason": BY_ENTERPRISE,
    "visits_contactpause": BY_ENTERPRISE,
    "visits_exemption": BY_ENTERPRISE,
    "enterprises_chainseason": """
        SELECT m.enterprise_id FROM changed JOIN enterprises_chainmembership m ON m.chain_id = changed.chain_id
    """,
    "visits_regime": f"{UNDER_UNIONS} JOIN changed ON above.id = changed.union_id",
    "visits_regimerule": f"""
        {BY_ENTERPRISE}
        UNION SELECT e.enterprise_id FROM enterprises_registerentry e JOIN changed ON e.station_id = changed.station_id
        UNION {UNDER_UNIONS} JOIN visits_regime r ON above.id = r.union_id AND NOT r.draft JOIN changed ON r.id = changed.regime_id
    """,
    "core_calendarday": "SELECT enterprise_id FROM visits_planmark",
    "core_rule": "SELECT enterprise_id FROM visits_planmark WHERE EXISTS (SELECT FROM changed WHERE starts_with(code, 'visits.'))",
}
EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def _triggers(table: str, whose: str) -> str:
    function = f"""
CREATE FUNCTION visits_mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO visits_planmark (enterprise_id, next_on)
    SELECT DISTINCT enterprise_id, {LONG_PAST} FROM ({whose}) AS found (enterprise_id) ORDER BY 1
    ON CONFLICT (enterprise_id) DO UPDATE SET next_on = EXCLUDED.next_on WHERE visits_planmark.next_on <> EXCLUDED.next_on;
    RETURN NULL;
END $$;
"""
    return function + "".join(
        f"""
CREATE TRIGGER visits_mark_{event} AFTER {event.upper()} ON {table}
    REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION visits_mark_{table}();
"""
        for event, rows in EVENTS.items()
    )


def _undo(table: str) -> str:
    drops = "".join(f"DROP TRIGGER visits_mark_{event} ON {table};\n" for event in EVENTS)
    return f"{drops}DROP FUNCTION visits_mark_{table}();\n"


FIRST = f"""
INSERT INTO visits_planmark (enterprise_id, next_on)
SELECT DISTINCT enterprise_id, {LONG_PAST} FROM enterprises_registerentry;
"""


class Migration(migrations.Migration):
    """Whatever decides what an enterprise owes marks it to be planned again, whoever writes it and how."""

    dependencies = [("visits", "0003_engine"), ("core", "0004_reveals")]
    operations = [
        migrations.RunSQL(
            "".join(_triggers(*one) for one in WHOSE.items()) + FIRST, "".join(_undo(table) for table in WHOSE)
        )
    ]
