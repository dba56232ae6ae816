"""Sample data of any size: a country of stations with years of records, the same for the same seed, day and numbers.

`shape` says how many of what, `places` and `people` set up stations, `trade` enterprises, `records` visits and what is
owed, `matters` issues; `copying` writes them. Everything is marked as sample data.
"""

from crm.workflows.generate.build import Refused, generate

__all__ = ["Refused", "generate"]
