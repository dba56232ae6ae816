"""What enterprises say of visits, a report that was sent twice, a photo: the first officer's latest days."""

import io
import uuid
from contextlib import suppress

from PIL import Image, ImageDraw

from crm.accounts.models import User
from crm.core import clock
from crm.visits.enums import Answer, Outcome
from crm.visits.models import Visit
from crm.visits.services import add_photo, confirm_visit, link_of, make_link
from crm.workflows.visit_report import Kept, send_visit_report
from stations.models import Post

ASKED, DIFFERING = 8, 3  # visits of which the enterprise is asked; the one that it corrects
CORRECTION = "当天到了门口，未进车间（示例）"
SECOND = "补记：另到包装车间看了夜班排班（示例）"


def tell_truth(officer: User, post: Post) -> None:
    """Of the officer's latest visits some are confirmed, one corrected; one was sent twice; one has a photo."""
    visits = Visit.objects.filter(post=post, outcome=Outcome.MET, visited_on__lte=clock.today())
    latest = list(visits.select_related("enterprise", "post").order_by("-visited_on", "-pk")[:ASKED])
    for place, visit in enumerate(latest[:-2]):  # the last two have not answered
        link = link_of(make_link(actor=officer, visit=visit))
        assert link is not None
        differs = place == DIFFERING
        answer, text = (Answer.DIFFERS, CORRECTION) if differs else (Answer.TRUE, "")
        confirm_visit(visit=visit, by=link, answer=answer, text=text)
    first = latest[0]
    second = {"enterprise": first.enterprise, "visited_on": first.visited_on, "outcome": first.outcome, "notes": SECOND}
    with suppress(Kept):
        send_visit_report(actor=officer, visit=second | {"client_uuid": first.client_uuid})
    number = uuid.uuid5(uuid.NAMESPACE_OID, "demo: a photo")
    add_photo(actor=officer, visit=first, content=_drawing(), client_uuid=number)


def _drawing() -> bytes:
    """A greenhouse as a child would draw it: nobody and nothing real."""
    image = Image.new("RGB", (1200, 900), "#d3e1ea")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 620, 1200, 900), fill="#8fae84")
    pen.polygon(
        ((200, 620), (200, 380), (600, 200), (1000, 380), (1000, 620)), fill="#f4f5f7", outline="#376b8c", width=8
    )
    for x in range(280, 1000, 120):
        pen.line((x, 620, x, 420), fill="#376b8c", width=4)
        pen.ellipse((x - 24, 660, x + 24, 708), fill="#a3222b")
        pen.line((x, 708, x, 800), fill="#2a6848", width=8)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()
