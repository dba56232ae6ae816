"""The page of components: there for those who build, not on an installation in use."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests import build

pytestmark = pytest.mark.django_db


def test_every_component_is_drawn_for_somebody_signed_in(client: Client) -> None:
    assert client.get(reverse("components")).status_code == 302
    client.force_login(build.world().chief)
    page = client.get(reverse("components")).content.decode()
    for words in ("69.5%", "— <span", "最后一位校验不对", "逾期 6 个工作日", 'class="pager"', 'class="tl"'):
        assert words in page


def test_an_installation_in_use_has_no_such_page(client: Client, settings: Any) -> None:
    settings.TESTING = settings.DEMO_MODE = settings.DEBUG = False
    client.force_login(build.world().chief)
    assert client.get(reverse("components")).status_code == 404
