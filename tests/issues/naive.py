"""The way of an issue told a second time, from the papers and without the code under test.

One row per move: its name | from | to | who by the role of a post | what has to be given.
"""

from dataclasses import dataclass, field
from typing import Any

ROWS = """
accept        | submitted   | accepted    | chief officer liaison              | kind
close_on_spot | accepted    | on_the_spot | chief officer                      | text
assign        | accepted    | assigned    | chief leader                       | handler
start         | assigned    | in_progress | chief officer liaison leader staff |
progress      | in_progress | in_progress | chief officer liaison leader staff | text
submit        | in_progress | review      | chief officer liaison leader staff | outcome_type text
send_back     | review      | in_progress | chief                              | reason
pass_review   | review      | callback    | chief                              |
try_call      | callback    | callback    | chief officer liaison              |
sign_off      | callback    | closed      | chief officer liaison              | resolution satisfaction
redo          | callback    | in_progress | chief officer liaison              | resolution reason
"""
TABLE = {
    name: (source, target, who.split(), needs.split())
    for name, source, target, who, needs in (
        [cell.strip() for cell in line.split("|")] for line in ROWS.strip().splitlines()
    )
}
STATES = ["submitted", "accepted", "assigned", "in_progress", "review", "callback", "closed", "on_the_spot"]
WORK_OF_THE_HANDLER = ["start", "progress", "submit"]
CALLS = ["try_call", "sign_off", "redo"]
# the cast: whether the role's rights reach the issue is said here once more
ROLE_OF = {
    "chief": "chief",
    "officer": "officer",
    "liaison": "liaison",
    "leader": "leader",
    "staff": "staff",
    "colleague": "",  # an officer who does not answer for the enterprise
    "consumer": "",
    "administrator": "",
    "outsider": "",
    "foreign_chief": "",
}


@dataclass
class NaiveIssue:
    """What an issue should be after the moves made so far."""

    state: str = "submitted"
    handler: str = ""
    version: int = 1
    redone: int = 0
    simple: bool = False
    answers: tuple[str, str] = ("", "")
    moves: list[str] = field(default_factory=list)
    tried: set[Any] = field(default_factory=set)

    def judge(self, who: str, move: str, given: dict[str, str], today: Any) -> str:
        """done, denied, or the field on which the refusal stands."""
        source, _target, roles, needs = TABLE[move]
        role = ROLE_OF[who]
        if not role and who == self.handler:
            role = "officer"  # a colleague to whom the issue was given
        if role not in roles:
            return "denied"
        if self.state != source or (move == "close_on_spot" and not self.simple):
            return "move"
        if move in WORK_OF_THE_HANDLER and who != self.handler:
            return "move"
        if move in CALLS and who == self.handler:
            return "move"
        missing = [name for name in needs if not given.get(name)]
        if missing:
            return missing[0]
        if move == "assign" and given["handler"] not in ("chief", "officer", "liaison", "leader", "staff", "colleague"):
            return "handler"
        return self._judge_answers(move, given, today)

    def _judge_answers(self, move: str, given: dict[str, str], today: Any) -> str:
        answer = given.get("resolution")
        if move == "redo" and answer not in ("not_solved", "partly"):
            return "resolution"
        if move == "sign_off" and answer == "not_solved":
            return "resolution"
        if move == "sign_off" and answer == "not_reached":
            if len(self.tried) < 3:
                return "resolution"
            if given["satisfaction"] != "no_opinion":
                return "satisfaction"
        return "done"

    def make(self, move: str, given: dict[str, str], today: Any) -> None:
        """Make a move that was judged done."""
        self.state = TABLE[move][1]
        self.version += 1
        self.moves.append(move)
        if move == "assign":
            self.handler = given["handler"]
        if move == "pass_review":
            self.tried = set()
        if move == "try_call":
            self.tried = self.tried | {today}
        if move == "redo":
            self.redone += 1
        if move == "sign_off":
            self.answers = (given["resolution"], given["satisfaction"])
