"""Photos: drawn anew and small, nothing of the file kept, once per number, for the eyes of who reads the visit."""

import base64
import io
import uuid
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from crm.core import clock
from crm.visits import photos
from crm.visits.models import Visit, VisitPhoto
from crm.visits.services import add_photo
from tests import build
from tests.api.client import Api, problem
from tests.sessions import at_once

SECRET = b"GEHEIM-9f3"


def picture(size: tuple[int, int] = (40, 30), kind: str = "JPEG", noise: bool = False, **save: Any) -> bytes:
    image = (
        Image.frombytes("RGB", size, Random(3).randbytes(size[0] * size[1] * 3)) if noise else Image.new("RGB", size)
    )
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (24.0, 53.0, 9.0)
    return picture(exif=exif, comment=SECRET, icc_profile=SECRET)


def claiming(width: int, height: int) -> bytes:
    """A PNG whose header claims a size."""
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "content", [with_place(), picture() + SECRET + b"<script>", picture(kind="PNG") + b"PK\x03\x04" + SECRET]
)
def test_nothing_of_the_file_is_kept_but_what_one_sees(content: bytes) -> None:
    drawn = photos.drawn_anew(content)
    assert SECRET not in drawn.content
    with Image.open(io.BytesIO(drawn.content)) as image:
        assert (image.format, image.mode, dict(image.getexif())) == ("JPEG", "RGB", {})
        assert not {"icc_profile", "comment", "exif", "xmp"} & set(image.info)
        assert image.size == (drawn.width, drawn.height)
    assert photos.drawn_anew(with_place()).width == 30  # turned as the camera was held


@pytest.mark.parametrize(
    ("size", "kind"), [((4000, 3000), "JPEG"), ((1600, 1600), "PNG"), ((300, 5000), "WEBP"), ((1, 1), "PNG")]
)
def test_the_worst_picture_is_small(size: tuple[int, int], kind: str) -> None:
    drawn = photos.drawn_anew(picture(size, kind, noise=True))
    assert len(drawn.content) <= 300_000
    assert max(drawn.width, drawn.height) <= 1600


def test_what_is_seen_through_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(photos.drawn_anew(out.getvalue()).content)) as image:
        assert image.getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 500,
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a" + b"\0" * 40,
        picture()[:200],
        picture(kind="BMP"),
        b"%PDF-1.7 " + picture(),
        claiming(50_000, 50_000),
        claiming(9_000, 9_000),
        b"\xff" * (photos.MOST_BYTES_IN + 1),
    ],
)
def test_what_is_no_picture_or_claims_to_be_huge_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError) as told:
        photos.drawn_anew(content)
    assert list(told.value.message_dict) == ["content"]


def some_visit(world: build.World) -> Visit:
    return build.visit(world.enterprises[0], world.posts["officer0"], clock.today())


def add(world: build.World, visit: Visit, content: bytes, number: uuid.UUID | None = None) -> VisitPhoto:
    return add_photo(actor=world.officers[0], visit=visit, content=content, client_uuid=number or uuid.uuid4())


@pytest.mark.django_db
def test_once_per_number_and_two_equal_ones_are_two() -> None:
    world = build.world()
    visit, number = some_visit(world), uuid.uuid4()
    first = add(world, visit, picture(), number)
    assert add(world, visit, picture(), number) == first
    assert add(world, visit, picture()) != first
    for other, content in ((visit, picture((9, 9))), (some_visit(world), picture())):
        with pytest.raises(ValidationError) as told:
            add(world, other, content, number)
        assert told.value.error_dict["client_uuid"][0].code == "conflict"
    for side in range(2, 6):
        add(world, visit, picture((side, side)))
    with pytest.raises(ValidationError) as told:
        add(world, visit, picture())
    assert "最多 6 张" in told.value.messages[0]
    names = set(VisitPhoto.objects.values_list("name", flat=True))
    assert len(names) == 6
    assert all((Path(settings.LIANLIAN_MEDIA) / name[:2] / name).stat().st_mode & 0o077 == 0 for name in names)


@pytest.mark.django_db(transaction=True)
def test_sent_at_once_it_is_kept_once() -> None:
    world = build.world()
    visit, number = some_visit(world), uuid.uuid4()
    rows = at_once(*[lambda: add(world, visit, picture(), number)] * 4)
    assert {row.pk for row in rows} == set(VisitPhoto._base_manager.values_list("pk", flat=True))
    assert VisitPhoto._base_manager.count() == 1


@pytest.mark.django_db
def test_the_visitor_adds_and_who_reads_the_visit_looks() -> None:
    world = build.world()
    visit = some_visit(world)
    row = add(world, visit, picture())
    for user in (world.chief, world.officers[1], world.leader, world.liaison, world.consumer):
        with pytest.raises(PermissionDenied):
            add_photo(actor=user, visit=visit, content=picture(), client_uuid=uuid.uuid4())
    client, url = Client(), reverse("visits:photo", args=[row.pk])
    everybody = (world.chief, *world.officers, world.liaison, world.leader, world.staff, world.administrator)
    seen = []
    for user in everybody:
        client.force_login(user)
        response = client.get(url)
        assert response.status_code in (200, 403, 404)
        seen += [user] if response.status_code == 200 else []
    assert seen == [world.chief, world.officers[0], world.leader, world.staff]
    client.force_login(world.chief)
    answer = client.get(url)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], answer["Cache-Control"]) == (
        "image/jpeg", "nosniff", "private, no-store",
    )  # fmt: skip
    assert answer["Content-Disposition"].startswith("inline")
    assert answer.content[:3] == b"\xff\xd8\xff"
    assert url in client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    photos.forget(row.name)
    assert client.get(url).status_code == 404


@pytest.mark.django_db
def test_without_scripts_the_photos_come_with_the_form_and_a_bad_one_does_not_harm_the_visit() -> None:
    world = build.world()
    client = Client()
    client.force_login(world.officers[0])
    url = reverse("visits:log", args=[world.enterprises[0].pk])
    sent = {"client_uuid": str(uuid.uuid4()), "visited_on": clock.today(), "outcome": "met", "has_issue": "no"}

    def files() -> list[SimpleUploadedFile]:
        return [SimpleUploadedFile(f"{n}.jpg", content) for n, content in enumerate((picture(), b"<svg/>", picture()))]

    done = client.post(url, sent | {"photos": files()}, follow=True).content.decode()
    assert "第 2 张照片没有存上" in done
    assert (Visit.objects.count(), VisitPhoto.objects.count()) == (1, 2)
    client.post(url, sent | {"photos": files()})
    assert (Visit.objects.count(), VisitPhoto.objects.count()) == (1, 2)
    more = reverse("visits:photos", args=[Visit.objects.get().pk])
    page = client.post(
        more, {"client_uuid": str(uuid.uuid4()), "photos": [SimpleUploadedFile("x.jpg", picture())]}, follow=True
    )
    assert page.status_code == 200
    assert VisitPhoto.objects.count() == 3
    told = client.post(more, {"photos": [SimpleUploadedFile("x.jpg", b"x")]}, headers={"Accept": "application/json"})
    assert (told.status_code, len(told.json()["faults"])) == (422, 1)


@pytest.mark.django_db
def test_the_api_writes_and_reads_photos() -> None:
    world = build.world()
    visit = some_visit(world)
    api = Api(world.officers[0])
    body = {"client_uuid": str(uuid.uuid4()), "visit": visit.pk, "content": base64.b64encode(picture()).decode()}
    first = api.post("photos/", body)
    assert first.status_code == 201
    assert api.post("photos/", body).json() == first.json()
    other = body | {"content": base64.b64encode(picture((5, 5))).decode()}
    problem(api.post("photos/", other), 409, "conflict")
    for bad in ("???", base64.b64encode(b"<svg/>").decode()):
        again = body | {"client_uuid": str(uuid.uuid4()), "content": bad}
        assert list(problem(api.post("photos/", again), 400, "invalid")["errors"]) == ["content"]
    one = api.get(f"photos/{first.json()['id']}/").json()
    assert base64.b64decode(one["content"])[:3] == b"\xff\xd8\xff"
    assert "content" not in api.get("photos/", visit=visit.pk).json()["results"][0]
    assert Api(world.officers[1]).get(f"photos/{one['id']}/").status_code == 404
