"""A concatenation of any number of texts: no call has more arguments than PostgreSQL allows."""

from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL

from projections.sql.row_json import concat_sql


@pytest.mark.parametrize("parts", [1, 90, 91, 8_101, 20_000])
def test_any_number_of_texts_is_concatenated_in_order(server: str, parts: int) -> None:
    texts = [SQL("{}").format(f"{number % 7}") for number in range(parts)]
    query: Any = SQL("SELECT {}").format(concat_sql(texts))
    with psycopg.connect(server) as connection:
        row = connection.execute(query).fetchone()
    assert row == ("".join(f"{number % 7}" for number in range(parts)),)
