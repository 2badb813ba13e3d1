"""Every kind of aggregate there is. The codec, the command handler and the read models' registry read this list."""

from domain.aggregate import AnyAggregate
from domain.dataset.aggregate import DATASET

AGGREGATES: tuple[AnyAggregate, ...] = (DATASET,)
