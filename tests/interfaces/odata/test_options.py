"""Query options: filters and sorts over OData names, tops and skips; unsupported options are named."""

import httpx
import pytest

from tests.given import Dataset, create_dataset, create_people
from tests.interfaces.odata.odata_requests import (
    entity_ids,
    entity_set_name,
    error_object,
    get,
    get_json,
)

AGES = (30, None, 20, 40, None, 20)


@pytest.fixture(scope="module")
def path(client: httpx.Client) -> str:
    return entity_set_name(create_people(client, *AGES))


@pytest.fixture(scope="module")
def quirky(client: httpx.Client) -> Dataset:
    columns = [{"name": "Unit price (€)", "type": "decimal"}, {"name": "in", "type": "string"}]
    dataset = create_dataset(client, [*columns, {"name": "at", "type": "datetime"}, {"name": "json", "type": "json"}])
    dataset.create(**{"Unit price (€)": 3, "in": "_id of the 1st", "at": "2024-01-31T10:00:00", "json": [1]})
    dataset.create(**{"Unit price (€)": 1, "in": "it's", "at": "2024-01-31T11:00:00+02:00"})
    return dataset


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("age ge 30", [1, 4]),
        ("age eq null", [2, 5]),
        ("not (age lt 30) and age ne null", [1, 4]),
        ("name in ('p1','p6') or age eq 40", [1, 4, 6]),
        ("_id gt 4", [5, 6]),
        ("_version eq 2 or _id in (6)", [1, 6]),
        ("contains(name,'_id')", []),
        ("startswith(name,'p') and length(name) eq 2 and _id lt 3", [1, 2]),
    ],
)
def test_a_filter_returns_the_matching_records(
    client: httpx.Client, path: str, filter: str, found: list[int]
) -> None:
    body = get_json(client, path, filter=filter, count="true", top=1, skip=0)
    assert body["@odata.count"] == len(found) and entity_ids(client, path, filter=filter) == found
    assert get(client, f"{path}/$count", filter=filter).text == str(len(found))


def test_a_filter_knows_properties_by_their_mangled_names(client: httpx.Client, quirky: Dataset) -> None:
    name = entity_set_name(quirky)
    assert entity_ids(client, name, filter="Unit_price lt 2") == [2]
    assert entity_ids(client, name, filter="_in eq '_id of the 1st'") == [1], "a string is left alone"
    assert entity_ids(client, name, filter="_in eq 'it''s' and _id eq 2") == [2]
    assert entity_ids(client, name, filter="at lt 2024-01-31T09:30:00Z") == [2]
    assert entity_ids(client, name, filter="json eq null") == [2]
    refusal = error_object(get(client, name, filter="Unit_prize lt 2"), 400)
    assert refusal["target"] == "$filter" and "'Unit_price'" in refusal["message"]
    assert entity_ids(client, name, orderby="Unit_price") == [2, 1]


@pytest.mark.parametrize(
    ("orderby", "found"),
    [
        ("age", [2, 5, 3, 6, 1, 4]),
        ("age asc", [2, 5, 3, 6, 1, 4]),
        ("age desc", [4, 1, 3, 6, 2, 5]),
        (" age desc , name desc ", [4, 1, 6, 3, 5, 2]),
        ("age,_id desc", [5, 2, 6, 3, 1, 4]),
        ("_version desc", [6, 5, 4, 3, 2, 1]),
    ],
)
def test_null_is_less_than_any_value(client: httpx.Client, path: str, orderby: str, found: list[int]) -> None:
    assert entity_ids(client, path, orderby=orderby) == found
    assert [
        each for skip in range(6) for each in entity_ids(client, path, orderby=orderby, skip=skip, top=1)
    ] == found


def test_top_and_skip_count_entities(client: httpx.Client, path: str) -> None:
    assert entity_ids(client, path, top=2) == [1, 2]
    assert entity_ids(client, path, top=2, skip=5) == [6]
    assert entity_ids(client, path, skip=10**18 - 1) == []
    assert get_json(client, path, top=0, count="true")["@odata.count"] == 6
    assert entity_ids(client, path, top=0) == []


@pytest.mark.parametrize(
    ("options", "target", "hint"),
    [
        ({"$filter": "aeg gt 1"}, "$filter", "'age'"),
        ({"$filter": "age gt"}, "$filter", "character"),
        ({"$filter": "age eq 'x'"}, "$filter", "number"),
        ({"$orderby": "aeg"}, "$orderby", "'age'"),
        ({"$orderby": "age up"}, "$orderby", "price desc"),
        ({"$orderby": "length(age)"}, "$orderby", "takes a string"),
        ({"$orderby": "tolowr(name)"}, "$orderby", "'tolower'"),
        ({"$orderby": "length(name),length(name) desc"}, "$orderby", "is repeated"),
        ({"$orderby": "age,now() desc"}, "$orderby", "the time of the request"),
        ({"$orderby": "null"}, "$orderby", "always null"),
        ({"$orderby": "age,"}, "$orderby", "price desc"),
        ({"$orderby": "age,age desc"}, "$orderby", "is repeated"),
        ({"$select": "nmae"}, "$select", "'name'"),
        ({"$select": ""}, "$select", "known are"),
        ({"$top": "-1"}, "$top", "whole number"),
        ({"$top": "1e3"}, "$top", "whole number"),
        ({"$skip": "9" * 30}, "$skip", "whole number"),
        ({"$count": "yes"}, "$count", "true or false"),
        ({"$skiptoken": "x"}, "$skiptoken", "nextLink"),
        ({"$skiptoken": "1000...e30"}, "$skiptoken", "nextLink"),
        ({"filter": "age gt 1"}, "$filter", "'$filter'"),
        ({"Top": "5"}, "Top", "'$top'"),
        ({"as_of": "1"}, "as_of", "/odata/@{version, date or time}/"),
        ({"$filter": "age gt 1\x00"}, None, "U+0000"),
        ({"$filter": "(" * 60 + "age eq 1" + ")" * 60}, "$filter", "deep"),
    ],
)
def test_an_invalid_option_is_refused(
    client: httpx.Client, path: str, options: dict[str, str], target: str | None, hint: str
) -> None:
    refusal = error_object(client.get(f"/odata/{path}", params=options), 400)
    assert hint in refusal["message"]
    assert refusal.get("target") == target


def test_custom_options_are_ignored(client: httpx.Client, path: str) -> None:
    plain = client.get(f"/odata/{path}").content
    for options in ({"limit": "1"}, {"sap-client": "100"}, {"cacheBuster": "1"}, {"_": "17"}, {"asof": "1"}):
        assert client.get(f"/odata/{path}", params=options).content == plain


def test_a_trailing_slash_makes_no_difference(client: httpx.Client, path: str) -> None:
    for one in (path, f"{path}(1)", f"{path}/$count", "$metadata", "@2", f"@2/{path}", f"@2/{path}(1)"):
        answer, slashed = client.get(f"/odata/{one}"), client.get(f"/odata/{one}/")
        assert (slashed.status_code, slashed.content) == (200, answer.content), one
        assert client.head(f"/odata/{one}/").status_code == 200


@pytest.mark.parametrize("format", ["json", "application/json", "JSON", "atom"])
def test_metadata_is_xml_only(client: httpx.Client, format: str) -> None:
    refusal = error_object(client.get("/odata/$metadata", params={"$format": format}), 406)
    assert (refusal["code"], refusal["target"]) == ("format-not-offered", "$format")
    for accepted in ("xml", "application/xml", "application/xml;charset=utf-8"):
        answer = client.get("/odata/$metadata", params={"$format": accepted})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/xml")


def test_an_option_is_given_once(client: httpx.Client, path: str) -> None:
    refusal = error_object(client.get(f"/odata/{path}?$top=1&$top=2"), 400)
    assert refusal["target"] == "$top" and "2 times" in refusal["message"]


@pytest.mark.parametrize("option", ["$expand", "$apply", "$compute", "$deltatoken", "$levels", "@p1"])
def test_unsupported_options_are_named(client: httpx.Client, path: str, option: str) -> None:
    assert error_object(client.get(f"/odata/{path}", params={option: "x"}), 501)["target"] == option


def test_a_mistyped_option_is_refused_with_the_nearest(client: httpx.Client, path: str) -> None:
    assert "'$orderby'" in error_object(client.get(f"/odata/{path}?$oderby=age"), 501)["message"]
    assert "'$filter'" in error_object(client.get(f"/odata/{path}?$Filter=age"), 501)["message"]


@pytest.mark.parametrize(
    "term",
    [
        "cast(age,Edm.String)",
        "isof(name,Edm.String)",
        "time(born)",
        "matchesPattern(name,'^p')",
        "totalseconds(born)",
        "case(age gt 1:'a',true:'b')",
        "hassubset(name,name)",
        "geo.distance(name,name)",
    ],
)
def test_functions_of_the_standard_that_are_not_supported_are_named(
    client: httpx.Client, path: str, term: str
) -> None:
    for option, text in (("$filter", f"age gt 1 and {term} eq 'x'"), ("$orderby", f"age,{term} desc")):
        for resource in (path, f"{path}/$count", f"@2/{path}"):
            refusal = error_object(client.get(f"/odata/{resource}", params={option: text}), 501)
            assert (refusal["code"], refusal["target"]) == ("function-not-offered", option)
            assert f"'{term.partition('(')[0]}' at character" in refusal["message"]


def test_an_operator_of_collections_is_named(client: httpx.Client, path: str) -> None:
    assert "'any'" in error_object(get(client, path, filter="name/any(n:n eq 'a')"), 501)["message"]


@pytest.fixture(scope="module")
def days(client: httpx.Client) -> str:
    dataset = create_dataset(client, [{"name": "day", "type": "date"}])
    for day in ("2024-01-30", "2024-01-31", None):
        dataset.create(day=day)
    return entity_set_name(dataset)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ("2024-01-31T00:00:00.000Z", "write the date 2024-01-31"),
        ("'2024-01-31T00:00:00.000Z'", "write the date without quotes: 2024-01-31"),
        ("2024-02-29T23:59:59.999+01:00", "write the date 2024-02-29"),
        ("'Wed Jan 31 2024 00:00:00 GMT+0000 (Coordinated Universal Time)'", "without quotes, like 2024-01-31"),
        ("'31/01/2024'", "without quotes, like 2024-01-31"),
        ("1706659200000", "write a date like 2024-01-31"),
        ("datetime'2024-01-31T00:00:00'", "without a type and quotes: 2024-01-31, 2024-01-31T10:00:00Z"),
    ],
)
@pytest.mark.parametrize("form", ["day eq {}", "day ge {} and day lt 2025-01-01", "{} le day", "day in ({})"])
def test_a_date_is_not_compared_with_a_time(
    client: httpx.Client, days: str, given: str, accepted: str, form: str
) -> None:
    refusal = error_object(get(client, days, filter=form.format(given)), 400)
    assert refusal["target"] == "$filter" and refusal["message"].endswith(accepted), refusal["message"]


def test_what_the_message_suggests_is_accepted(client: httpx.Client, days: str) -> None:
    assert entity_ids(client, days, filter="day eq 2024-01-31") == [2]


def test_json_has_no_order(client: httpx.Client, quirky: Dataset) -> None:
    assert error_object(get(client, entity_set_name(quirky), orderby="json"), 400)["target"] == "$orderby"
    assert error_object(get(client, entity_set_name(quirky), filter="json eq '1'"), 400)["target"] == "$filter"
