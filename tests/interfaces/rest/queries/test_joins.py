"""Joins of two datasets over HTTP, compared with a reference join."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.given import Dataset, code, create_dataset, import_csv, import_into, json_of, problem

KEYS = (
    {"name": "word", "type": "string"},
    {"name": "number", "type": "decimal"},
    {"name": "whole", "type": "integer"},
    {"name": "ok", "type": "boolean"},
    {"name": "day", "type": "date"},
    {"name": "at", "type": "datetime"},
    {"name": "note", "type": "json"},
)
INSTANTS = {
    "2024-01-01T00:30:00Z": 1,
    "2024-01-01T02:30:00+02:00": 1,
    "2024-01-01T02:30:00": 2,
    "2024-01-01T02:30:00.5Z": 3,
}

rows = st.fixed_dictionaries(
    {
        "word": st.none() | st.sampled_from(["a", "A", "a ", ""]),
        "number": st.none() | st.sampled_from([Decimal("1.10"), Decimal("1.1"), Decimal(1), 2]),
        "whole": st.none() | st.integers(1, 3),
        "ok": st.none() | st.booleans(),
        "day": st.none() | st.sampled_from(["2024-01-01", "2024-01-02"]),
        "at": st.none() | st.sampled_from(list(INSTANTS)),
    }
)


@pytest.fixture(scope="module")
def users(client: httpx.Client) -> Dataset:
    return import_csv(client, "id,name,city\n1,Ann,Oslo\n2,Bo,\n3,Cy,Rome\n")


@pytest.fixture(scope="module")
def orders(client: httpx.Client) -> Dataset:
    """Four orders, one of a missing user and one without a user."""
    return import_csv(client, "user_id,price\n1,1.10\n1.0,2\n9,3\n,4\n3,5.50\n")


def test_rows_are_pairs_of_records(orders: Dataset, users: Dataset) -> None:
    answer = orders.get(f"/join/{users.id}", on="user_id:id", fields="price", other_fields="name")
    assert answer.text == (
        '{"data":[{"left":{"id":1,"version":1,"values":{"price":1.10}},"right":{"id":1,"version":1,"values":{"name":"Ann"}}},'
        '{"left":{"id":2,"version":1,"values":{"price":2}},"right":{"id":1,"version":1,"values":{"name":"Ann"}}},'
        '{"left":{"id":5,"version":1,"values":{"price":5.50}},"right":{"id":3,"version":1,"values":{"name":"Cy"}}}],'
        '"page":{"limit":50,"next":null,"count":null},"version":1,"other_version":1}'
    )
    assert (answer.headers["etag"], answer.headers["rowledger-version"]) == ('"1-1"', "1")


def test_a_left_join_returns_records_without_a_match_too(orders: Dataset, users: Dataset) -> None:
    joined = orders.get_json(f"/join/{users.id}", on="user_id:id", how="left")["data"]
    assert [pair(row) for row in joined] == [(1, 1), (2, 1), (3, None), (4, None), (5, 3)]
    assert walked(orders, users, 1, on="user_id:id", how="left") == [(1, 1), (2, 1), (3, None), (4, None), (5, 3)]


def test_a_filter_is_on_the_left_records(orders: Dataset, users: Dataset) -> None:
    assert walked(orders, users, 2, on="user_id:id", filter="price ge 2") == [(2, 1), (5, 3)]
    assert walked(orders, users, 2, on="user_id:id", filter="price gt 99", how="left") == []


def test_the_other_dataset_may_be_named_by_its_slug(orders: Dataset, users: Dataset) -> None:
    assert orders.get_json(f"/join/{users.get_json()['slug']}", on="user_id:id") == orders.get_json(
        f"/join/{users.id}", on="user_id:id"
    )


@pytest.mark.parametrize(
    ("on", "pairs"),
    [
        ("id:$id", [(1, 1), (2, 2), (3, 3)]),
        ("$id:id", [(1, 1), (2, 2), (3, 3)]),
        ("$id", [(1, 1), (2, 2), (3, 3)]),
        ("$version,$id", [(1, 1), (2, 2), (3, 3)]),
        ("id:$version", [(1, 1), (1, 2), (1, 3)]),
        ("id", [(1, 1), (2, 2), (3, 3)]),
        ("city", [(1, 1), (3, 3)]),
        (' "name" : "name" , id:id ', [(1, 1), (2, 2), (3, 3)]),
        ("name:city", []),
    ],
)
def test_a_dataset_joins_itself(users: Dataset, on: str, pairs: list[tuple[int, int]]) -> None:
    assert walked(users, users, 2, on=on) == pairs


def test_a_number_that_is_not_an_id_joins_no_record(client: httpx.Client, users: Dataset) -> None:
    odd = create_dataset(client, [{"name": "user", "type": "decimal"}])
    for number in (Decimal("1.5"), 10**40, -1, 3):
        odd.create(user=number)
    assert walked(odd, users, 5, on="user:$id") == [(4, 3)]


def test_each_side_is_read_as_of_its_own_version(client: httpx.Client) -> None:
    left = create_dataset(client, KEYS)
    right = create_dataset(client, KEYS)
    left.create(word="a")
    right.create(word="a", whole=1)
    json_of(right.send("PATCH", "/records/1", {"values": {"whole": 2}}))
    right.create(word="a")
    left.create(word="a")

    def shown(**versions: int) -> list[tuple[int, int]]:
        data = left.get_json(f"/join/{right.id}", on="word", **versions)["data"]
        return [(row["left"]["id"], row["right"]["values"]["whole"]) for row in data]

    assert shown() == [(1, 2), (1, None), (2, 2), (2, None)]
    assert shown(as_of=2, other_as_of=2) == [(1, 1)]
    assert shown(other_as_of=3) == [(1, 2), (2, 2)]
    assert shown(as_of=1) == shown(other_as_of=1) == []
    assert left.get(f"/join/{right.id}", on="word", as_of=2, other_as_of=3).headers["etag"] == '"2-3"'


def test_a_join_of_an_empty_dataset_is_empty(client: httpx.Client, users: Dataset) -> None:
    empty = create_dataset(client, KEYS)
    assert walked(empty, users, 5, on="whole:id") == walked(users, empty, 5, on="id:whole") == []
    assert walked(users, empty, 2, on="id:whole", how="left") == [(1, None), (2, None), (3, None)]


def test_pages_show_each_pair_of_their_versions_once_while_others_write(client: httpx.Client) -> None:
    left, right = create_dataset(client, KEYS), create_dataset(client, KEYS)
    for number in range(4):
        left.create(word="ab"[number % 2])
        right.create(word="ab"[number // 3])
    page = left.get_json(f"/join/{right.id}", on="word", limit=1)
    found = [pair(row) for row in page["data"]]
    while cursor := page["page"]["next"]:
        left.create(word="a")
        right.create(word="a")
        right.send("DELETE", f"/records/{len(found) % 4 + 1}")
        page = left.get_json(f"/join/{right.id}", cursor=cursor, limit=1)
        assert (page["version"], page["other_version"]) == (5, 5)
        found += [pair(row) for row in page["data"]]
    assert found == [(1, 1), (1, 2), (1, 3), (2, 4), (3, 1), (3, 2), (3, 3), (4, 4)]


def test_a_cursor_pins_versions_and_query(orders: Dataset, users: Dataset, client: httpx.Client) -> None:
    parameters = {"on": "user_id:id", "how": "left", "filter": "price ge 2"}
    path = f"/join/{users.id}"
    cursor = orders.get_json(path, limit=1, **parameters)["page"]["next"]
    rest = orders.get_json(path, cursor=cursor)
    assert orders.get_json(path, cursor=cursor, as_of=1, other_as_of=1, **parameters) == rest
    for name, other in {"on": "user_id:$id", "how": "inner", "filter": "price ge 3"}.items():
        assert code(orders.get(path, cursor=cursor, **{name: other}), 400) == "cursor-mismatch"
    for forged in ("", "x", "W10", "W1sxLDEsMV0sIiIsIiIsIiJd", "W1sxLDEsMSwtMV0sImEiLCJhIiwiIl0"):
        assert code(orders.get(path, cursor=forged), 400) == "invalid-cursor"


def test_a_cursor_is_refused_with_another_version(client: httpx.Client) -> None:
    left = create_dataset(client, KEYS)
    for _ in range(3):
        left.create(word="a")
    cursor = left.get_json(f"/join/{left.id}", on="word", limit=1)["page"]["next"]
    for name in ("as_of", "other_as_of"):
        assert code(left.get(f"/join/{left.id}", cursor=cursor, **{name: 2}), 400) == "cursor-mismatch"


@pytest.mark.parametrize(
    ("parameters", "expected_code", "words"),
    [
        ({}, "on-syntax", "user_id:id"),
        ({"on": " "}, "on-syntax", "user_id:id"),
        ({"on": "wrod"}, "unknown-column", "in the left dataset: did you mean 'word'"),
        ({"on": "word:wrod"}, "unknown-column", "character 6 of on: there is no such column in the right dataset"),
        ({"on": "$idd:word"}, "unknown-column", "'$id'"),
        ({"on": "word:"}, "on-syntax", "name of the right column is missing"),
        ({"on": ":word"}, "on-syntax", "name of the left column is missing"),
        ({"on": "word,"}, "on-syntax", "name of the left column is missing"),
        ({"on": "word:word:word"}, "on-syntax", "character 10"),
        ({"on": '"word'}, "on-syntax", "with quotes"),
        ({"on": 'word"word"'}, "on-syntax", "pairs like"),
        ({"on": "word:number"}, "on-type", "'word' has string values, the right column 'number' has decimal values"),
        ({"on": "$id:word"}, "on-type", "a number never equals a string"),
        ({"on": "day:at"}, "on-type", "a date never equals a time"),
        ({"on": "ok:whole"}, "on-type", "boolean"),
        ({"on": "note"}, "on-type", "JSON"),
        ({"on": "word:note"}, "on-type", "right column has JSON"),
        ({"on": ",".join(["word"] * 51)}, "on-limit", "50 pairs"),
        ({"on": "word", "how": "outer"}, "invalid-parameter", "how"),
        ({"on": "word", "filter": "wrod eq 'a'"}, "unknown-column", "did you mean 'word'"),
        ({"on": "word", "fields": "wrod"}, "unknown-column", "did you mean 'word'"),
        ({"on": "word", "other_fields": "word,word"}, "invalid-fields", "other_fields"),
        ({"on": "word", "sort": "word"}, "unknown-parameter", "sort"),
        ({"on": "word", "limit": "1001"}, "invalid-parameter", "limit"),
        ({"on": "word", "other_as_of": "x"}, "invalid-as-of", "as_of"),
    ],
    ids=str,
)
def test_an_invalid_join_is_refused_by_name(
    client: httpx.Client, parameters: dict[str, str], expected_code: str, words: str
) -> None:
    dataset = create_dataset(client, KEYS)
    answer = dataset.get(f"/join/{dataset.id}", **parameters)
    assert (code(answer, 400), words in problem(answer, 400)["detail"]) == (expected_code, True), answer.text


def test_a_missing_dataset_or_version_is_not_found(users: Dataset) -> None:
    assert code(users.get("/join/nothing", on="id"), 404) == "dataset-not-found"
    assert code(users.get(f"/join/{users.id}", on="id", other_as_of=9), 404) == "version-not-found"
    assert code(users.get(f"/join/{users.id}", on="id", as_of=9), 404) == "version-not-found"


def test_an_unchanged_join_is_not_sent_again_and_a_change_of_either_side_is(client: httpx.Client) -> None:
    left, right = create_dataset(client, KEYS), create_dataset(client, KEYS)
    path = f"{left.url}/join/{right.id}?on=word"
    etag = left.client.get(path).headers["etag"]
    assert left.client.get(path, headers={"If-None-Match": etag}).status_code == 304
    right.create(word="a")
    assert left.client.get(path, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("how", ["inner", "left"])
def test_a_large_join_has_the_same_pages_with_and_without_an_index(
    client: httpx.Client, service: Any, how: str
) -> None:
    """Most left records have no partner, so that batches grow; some have more than a page holds."""
    left = import_csv(client, "key\n" + "".join(f"{n if n % 97 == 0 else -n}\n" for n in range(1, 3001)))
    right = import_csv(client, "key,x\n" + "".join(f"{n // 40 * 97},{n}\n" for n in range(1, 3001)))
    import_into(client, right, "key,x\n97,0\n", "append")
    plain = walked(left, right, 70, on="key", how=how)
    keys = [(n if n % 97 == 0 else -n) for n in range(1, 3001)]
    partners: dict[int, list[int | None]] = {}
    for n in range(1, 3001):
        partners.setdefault(n // 40 * 97, []).append(n)
    partners[97].append(3001)
    none: list[int | None] = [None] if how == "left" else []
    assert plain == [(n, other) for n, key in enumerate(keys, 1) for other in partners.get(key, none)]
    with service.pool.connection() as connection:
        table = f'records."{right.id}"'
        connection.execute(f"CREATE INDEX ON {table} ((rowledger_number(values->0)), id)".encode())
        connection.execute(f"ANALYZE {table}".encode())
    assert walked(left, right, 70, on="key", how=how) == plain


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    left=st.lists(rows, max_size=6),
    right=st.lists(rows, max_size=6),
    on=st.lists(
        st.sampled_from(["word", "number", "whole", "ok", "day", "at", "whole:number", "number:whole", "$id:whole"]),
        min_size=1,
        max_size=2,
        unique=True,
    ),
    how=st.sampled_from(["inner", "left"]),
    limit=st.integers(1, 4),
)
def test_pairs_equal_the_reference_join(
    client: httpx.Client,
    left: list[dict[str, Any]],
    right: list[dict[str, Any]],
    on: list[str],
    how: str,
    limit: int,
) -> None:
    ours, theirs = create_dataset(client, KEYS), create_dataset(client, KEYS)
    for dataset, made in ((ours, left), (theirs, right)):
        for values in made:
            dataset.create(**values)
    parameters = {"on": ",".join(on), "how": how}
    for number in {len(left), len(left) // 2}:
        expected = joined_here(left[:number], right, on, how)
        assert walked(ours, theirs, limit, as_of=number + 1, **parameters) == expected
    older = joined_here(left, right[:1], on, how)
    assert walked(ours, theirs, limit, other_as_of=min(len(right), 1) + 1, **parameters) == older


def joined_here(
    left: list[dict[str, Any]], right: list[dict[str, Any]], on: list[str], how: str
) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    for number, ours in enumerate(left, 1):
        partners = [
            other
            for other, theirs in enumerate(right, 1)
            if all(equal(one, ours | {"$id": number}, theirs) for one in on)
        ]
        found += [(number, other) for other in partners]
        found += [(number, None)] if how == "left" and not partners else []
    return found


def equal(on: str, ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    here, _, there = on.partition(":")
    left, right = ours[here], theirs[there or here]
    if here == "at":
        left, right = INSTANTS.get(left), INSTANTS.get(right)
    return left is not None and left == right


def pair(row: Any) -> tuple[int, int | None]:
    return row["left"]["id"], None if row["right"] is None else row["right"]["id"]


def walked(left: Dataset, right: Dataset, limit: int, **parameters: object) -> list[tuple[int, int | None]]:
    """The ids of all pages' pairs, following `next`."""
    path = f"/join/{right.id}"
    page = left.get_json(path, limit=limit, **parameters)
    found = page["data"]
    while cursor := page["page"]["next"]:
        page = left.get_json(path, limit=limit, cursor=cursor)
        assert 0 < len(page["data"]) <= limit
        found += page["data"]
    return [pair(row) for row in found]
