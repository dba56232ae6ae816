from enterprises.models.chains import Chain, ChainLeader, ChainMembership, ChainNode, ChainSeat, NodeEdge
from enterprises.models.enterprises import Enterprise, EnterpriseContact, EnterpriseFact, FigureConsent
from enterprises.models.register import Candidate, ImportBatch, RegisterEntry

__all__ = [
    "Candidate",
    "Chain",
    "ChainLeader",
    "ChainMembership",
    "ChainNode",
    "ChainSeat",
    "Enterprise",
    "EnterpriseContact",
    "EnterpriseFact",
    "FigureConsent",
    "ImportBatch",
    "NodeEdge",
    "RegisterEntry",
]
