"""Settings come from the environment; what cannot be used is refused by name."""

from pathlib import Path

import pytest

from application.settings import GREATEST_COLUMNS, BadSetting, IndexingSettings, limit_variable, read_settings


def test_indexes_are_built_as_the_environment_says() -> None:
    environment = {"ROWLEDGER_INDEX_RECORDS": "5", "ROWLEDGER_INDEX_IDLE_DAYS": "1"}
    assert read_settings(environment, Path("/data")).indexing == IndexingSettings(records=5, idle_days=1)
    assert read_settings({}, Path("/data")).indexing == IndexingSettings(20_000, 12, 300, 14)


@pytest.mark.parametrize("text", ["many", "-1", "1.5"])
def test_a_number_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadSetting, match="ROWLEDGER_INDEX_MOST"):
        read_settings({"ROWLEDGER_INDEX_MOST": text}, Path("/data"))


def test_the_limit_of_columns_has_a_greatest_value() -> None:
    variable = limit_variable("columns")
    assert read_settings({variable: str(GREATEST_COLUMNS)}, Path("/data")).limits.columns == GREATEST_COLUMNS
    with pytest.raises(BadSetting, match=f"{variable}=16385 .*at most 16384"):
        read_settings({variable: str(GREATEST_COLUMNS + 1)}, Path("/data"))
