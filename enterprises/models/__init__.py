from enterprises.models.chains import Chain, ChainLeader, ChainMembership, ChainNode, ChainSeat, NodeEdge
from enterprises.models.enterprises import Enterprise, EnterpriseContact, EnterpriseFact
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
    "ImportBatch",
    "NodeEdge",
    "RegisterEntry",
]
