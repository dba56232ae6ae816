"""Contact regime → obligations → visits."""

from crm.visits.models.obligations import Obligation
from crm.visits.models.regimes import Regime, RegimeRule
from crm.visits.models.visits import Visit

__all__ = ["Obligation", "Regime", "RegimeRule", "Visit"]
