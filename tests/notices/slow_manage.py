"""`manage.py` whose planning goes two enterprises at a time, slowly: a killed worker dies at every place of it."""

import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

import django

django.setup()

from django.core.management import execute_from_command_line  # noqa: E402 - Django comes first

from crm.visits.services import plan  # noqa: E402 - as above

PAUSE = 0.05  # seconds
at_full_speed = plan._plan


def slowly(*args: Any) -> plan.PlanReport:
    time.sleep(PAUSE)
    report = at_full_speed(*args)
    time.sleep(PAUSE)  # written, and not committed
    return report


plan.BATCH, plan._plan = 2, slowly
execute_from_command_line(sys.argv)
