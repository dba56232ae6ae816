from enterprises.models.chains import Chain, ChainLeader, ChainMembership, ChainNode, ChainSeat, NodeEdge
from enterprises.models.enterprises import Enterprise, EnterpriseContact, EnterpriseFact, FigureConsent
from enterprises.models.register import Candidate, EnterpriseSeat, ImportBatch, RegisterEntry
from enterprises.models.seasons import ChainSeason, EnterpriseSeason

__all__ = [
    "Candidate",
    "Chain",
    "ChainLeader",
    "ChainMembership",
    "ChainNode",
    "ChainSeason",
    "ChainSeat",
    "Enterprise",
    "EnterpriseContact",
    "EnterpriseFact",
    "EnterpriseSeason",
    "EnterpriseSeat",
    "FigureConsent",
    "ImportBatch",
    "NodeEdge",
    "RegisterEntry",
]
