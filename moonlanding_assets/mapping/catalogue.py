"""Every mapping, in the order of the contract. Holds no declaration of its own."""

from moonlanding_assets.mapping.friday import FRIDAY_MAPPINGS
from moonlanding_assets.mapping.friday_engagements import FRIDAY_ENGAGEMENT_MAPPINGS
from moonlanding_assets.mapping.mwr import MWR_MAPPINGS
from moonlanding_assets.mapping.tables import CollectionMapping

MAPPINGS: tuple[CollectionMapping, ...] = (
    *FRIDAY_MAPPINGS,
    *FRIDAY_ENGAGEMENT_MAPPINGS,
    *MWR_MAPPINGS,
)
