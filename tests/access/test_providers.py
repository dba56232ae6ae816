"""What the rooms above tell the rights' mechanism, by name."""

from typing import Any

import pytest
from django.apps import apps

from crm.access import providers
from crm.access.scope import Scope


def one(*_args: Any) -> str:
    return "one"


def other(*_args: Any) -> str:
    return "other"


@pytest.fixture(autouse=True)
def _own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_providers", dict(providers._providers))


def test_a_provider_is_asked_by_its_name() -> None:
    providers.register("greeting", one)
    assert providers.call("greeting", 1, 2) == "one"


def test_the_same_twice_is_harmless_and_another_under_the_name_is_not() -> None:
    providers.register("greeting", one)
    providers.register("greeting", one)
    with pytest.raises(ValueError, match="greeting"):
        providers.register("greeting", other)
    assert providers.call("greeting") == "one"


def test_nobody_answers_to_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        providers.call("nobody")


def test_every_provider_that_is_asked_for_is_registered() -> None:
    asked = {"project", "holdings", "duties", "chain_enterprise_ids", "candidates_at", "contact_frequency"}
    for model in apps.get_models():
        scope = getattr(model, "scope", None)
        if isinstance(scope, Scope):
            asked |= set(scope.others)
    assert asked == set(providers._providers)
