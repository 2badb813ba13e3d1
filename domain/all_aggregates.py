"""The list of all aggregates, used by the codec, the command handler and the registry of read models."""

from domain.aggregate import AnyAggregate
from domain.dataset.aggregate import DATASET

AGGREGATES: tuple[AnyAggregate, ...] = (DATASET,)
