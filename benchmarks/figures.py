"""A figure: the measured value, the baseline it is compared with, and the target ratio."""

from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Figure:
    """`floor` is the baseline, measured in the same run, or a limit. `at_least`/`at_most` bound value / floor."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.floor is None else self.value / self.floor

    @property
    def is_missed(self) -> bool:
        if self.ratio is None:
            return False
        too_low = self.at_least is not None and self.ratio < self.at_least
        return too_low or (self.at_most is not None and self.ratio > self.at_most)


def format_heading() -> str:
    return f"{'figure':44}{'value':>12} {'unit':8}{'floor':>12}{'ratio':>8}{'target':>9}"


def format_figure(figure: Figure) -> str:
    floor = "" if figure.floor is None else _format_number(figure.floor)
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    verdict = " MISSED" if figure.is_missed else ""
    note = f"  ({figure.note})" if figure.note else ""
    value, target = _format_number(figure.value), _format_target(figure)
    return f"{figure.name:44}{value:>12} {figure.unit:8}{floor:>12}{ratio:>8}{target:>9}{verdict}{note}"


def percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]


def _format_target(figure: Figure) -> str:
    if figure.at_least is not None:
        return f"≥ {figure.at_least:g}"
    return "" if figure.at_most is None else f"≤ {figure.at_most:g}"


def _format_number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
