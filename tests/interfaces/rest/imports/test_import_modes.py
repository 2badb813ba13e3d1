"""Files are imported into existing datasets: appended, merged by key, or as a replacement."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import openpyxl  # type: ignore[import-untyped]
import pytest

from interfaces.services.wiring import Service
from projections import verify
from tests.given import (
    Dataset,
    code,
    import_csv,
    import_into,
    json_of,
    problem,
    request_import,
    unique,
    upload,
)


def stock(client: httpx.Client, *rows: str, key: str = "sku") -> Dataset:
    """A dataset keyed by sku; its note makes the file one of a kind."""
    return import_csv(client, "sku,name,price,note\n" + "".join(f"{row},{unique('n')}\n" for row in rows), key=key)


def table(*rows: str, header: str = "sku,name,price") -> str:
    return "\n".join([header, *rows]) + "\n"


def shown(dataset: Dataset, *names: str, **parameters: object) -> list[tuple[Any, ...]]:
    records = dataset.get_json("/records", **parameters)["data"]
    return [(one["id"], *(one["values"][name] for name in names)) for one in records]


def test_append_adds_after_existing_records(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1.10", "b,Bob,2", key="")
    job = import_into(client, dataset, table("a,Again,3.50", "c,Cid,4"), "append")
    assert job["result"]["summary"] == {"added": 2, "changed": 0, "removed": 0, "unchanged": 0}
    assert job["result"]["version"] == dataset.get_json()["version"] == 2
    assert [row[:2] for row in shown(dataset, "sku", "note")] == [(1, "a"), (2, "b"), (3, "a"), (4, "c")]
    assert dataset.column("note")[2:] == [None, None]
    assert dataset.get_json("/versions/2")["summary"] == {"added": 2, "changed": 0, "removed": 0}
    assert shown(dataset, "sku", as_of=1) == [(1, "a"), (2, "b")]


def test_the_names_of_the_dataset_are_the_header(client: httpx.Client) -> None:
    """Here the first name looks like a comment, or all of them like values."""
    for names in (["# of items", "note"], ["1", "2"]):
        dataset = import_csv(client, f"{names[0]},{names[1]}\n3,{unique('n')}\n4,5\n", options='{"header": true}')
        for file in (f"{names[0]},{names[1]}\n6,7\n", f"made by hand\n\n{names[1]},{names[0]}\n9,8\n"):
            job = import_into(client, dataset, file, "append")
            assert job["result"]["summary"] == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}
        assert dataset.column(names[0]) == [3, 4, 6, 8]
        assert len(dataset.get_json()["columns"]) == 2


def test_no_line_is_a_comment_by_option(client: httpx.Client) -> None:
    dataset = import_csv(client, f"# made,{unique('n')}\na,b\n1,2\n", options='{"comment": "", "skip_rows": 0}')
    assert dataset.column("# made") == ["a", "1"]


def test_upsert_changes_only_what_differs(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1.10", "b,Bob,2", "c,Cid,3")
    job = import_into(client, dataset, table("c,Cid,3.00", "b,Bob,2.50", "d,Dan,9"), "upsert")
    assert job["result"]["summary"] == {"added": 1, "changed": 1, "removed": 0, "unchanged": 1}
    records = dataset.get_json("/records")["data"]
    assert [(one["id"], one["version"]) for one in records] == [(1, 1), (2, 2), (3, 1), (4, 2)]
    assert '"price":2.50' in dataset.get("/records").text.replace(" ", "")
    assert records[1]["values"]["note"] is not None, "a column that the file lacks keeps its value"
    found = dataset.get_json("/imports")["data"][0]
    assert (found["mode"], found["summary"]["unchanged"]) == ("upsert", 1)


def test_replace_also_removes_what_the_file_lacks(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1", "b,Bob,2", "c,Cid,3")
    job = import_into(client, dataset, table("c,Cid,3", "d,Dan,4"), "replace")
    assert job["result"]["summary"] == {"added": 1, "changed": 1, "removed": 2, "unchanged": 0}
    assert shown(dataset, "sku", "note") == [(3, "c", None), (4, "d", None)]
    assert dataset.get_json("/records/1/history")["data"][0]["removed"] is True
    assert len(dataset.values(as_of=1)) == 3


def test_replace_without_a_key_compares_whole_rows(client: httpx.Client) -> None:
    dataset = import_csv(client, table("a,1", "a,1", "b,2", "c,3.0", header=f"x,{unique('n')}"))
    name = dataset.get_json()["columns"][1]["name"]
    job = import_into(client, dataset, table("c,3.10", "a,1", "b,2", "b,2", header=f"x,{name}"), "replace")
    assert job["result"]["summary"] == {"added": 2, "changed": 0, "removed": 2, "unchanged": 2}
    assert [row[1] for row in shown(dataset, "x")] == ["a", "b", "c", "b"]


@pytest.mark.parametrize("mode", ["upsert", "replace"])
def test_the_same_table_under_another_name_is_nothing_new(client: httpx.Client, mode: str) -> None:
    text = table("a,Ann,1.10", "b,Bob,2", header=f"sku,name,{unique('n')}")
    dataset = import_csv(client, text, key="sku", filename="first.csv")
    again = text.replace("\n", "\r\n")
    for content in (text, again, text):
        job = import_into(client, dataset, content, mode, filename="other.csv")
        assert job["result"]["import"] is None and job["result"]["version"] == 1
        assert job["result"]["summary"] == {"added": 0, "changed": 0, "removed": 0, "unchanged": 2}
    assert len(dataset.get_json("/versions")["data"]) == len(dataset.get_json("/imports")["data"]) == 1


def test_a_new_column_is_added_and_old_records_have_null_there(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1", "b,Bob,2")
    import_into(client, dataset, table("b,red,2024-02-29", "c,blue,2024-03-01", header="sku,colour,since"), "upsert")
    columns = {column["name"]: column["type"] for column in dataset.get_json()["columns"]}
    assert (columns["colour"], columns["since"]) == ("string", "date")
    assert shown(dataset, "name", "colour") == [(1, "Ann", None), (2, "Bob", "red"), (3, None, "blue")]
    assert "colour" not in dataset.get_json(as_of=1)["columns"][-1]["name"]
    unchanged = import_into(client, dataset, table("a,Ann,", header="sku,name,colour"), "upsert")
    assert unchanged["result"]["summary"]["unchanged"] == 1, "a null that was never written is no change"


def test_columns_are_matched_by_name_in_any_order(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1.10")
    job = import_into(client, dataset, table("1.10,Ann,a", "2.20,Bob,b", header="price,name,sku"), "upsert")
    assert job["result"]["summary"] == {"added": 1, "changed": 0, "removed": 0, "unchanged": 1}
    assert shown(dataset, "sku", "name") == [(1, "a", "Ann"), (2, "b", "Bob")]


def test_a_file_of_any_format_may_lack_columns(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1.10", "b,Bob,2")
    book = openpyxl.Workbook()
    for cells in (["sku", "price"], ["a", 7], ["c", 8.5]):
        book.active.append(cells)
    data = io.BytesIO()
    book.save(data)
    import_into(client, dataset, data.getvalue(), "upsert")
    assert shown(dataset, "sku", "name")[0] == (1, "a", "Ann"), "a column that the file lacks keeps its values"
    for content in (b'[{"sku":"a","price":8},{"sku":"b","name":"Bea"}]', b'{"sku":"c","price":9}\n'):
        import_into(client, dataset, content, "upsert")
    assert shown(dataset, "sku", "name") == [(1, "a", None), (2, "b", "Bea"), (3, "c", None)]
    assert [str(price) for price in dataset.column("price")] == ["8", "None", "9"]


def test_an_upsert_needs_a_key_and_its_columns(client: httpx.Client) -> None:
    keyless = stock(client, "a,Ann,1", key="")
    assert code(request_import(client, keyless, table("a,Ann,2"), "upsert"), 422) == "no-key"
    dataset = stock(client, "a,Ann,1")
    job = json_of(request_import(client, dataset, table("Ann,2", header="name,price"), "upsert"), 202)["job"]
    assert job["state"] == "failed" and job["error"]["title"] == "unknown-column"
    assert dataset.get_json()["version"] == 1
    assert code(request_import(client, dataset, table("a,Ann,2"), "merge"), 400) == "invalid-parameter"


def test_an_existing_key_is_a_reject_of_an_append(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1", "b,Bob,2")
    job = import_into(client, dataset, table("c,Cid,3", "b,Other,4", ",None,5", "c,Twice,6"), "append")
    assert job["result"]["rows"] == {"read": 4, "accepted": 1, "rejected": 3}
    found = dataset.get_json(f"/imports/{job['result']['import']}/rejects")["data"]
    assert sorted((one["line"], one["column"], one["code"]) for one in found) == [
        (3, "sku", "primary-key"),
        (4, "sku", "primary-key"),
        (5, "sku", "primary-key"),
    ]
    assert shown(dataset, "sku") == [(1, "a"), (2, "b"), (3, "c")]


def test_required_and_unique_columns_reject_rows(client: httpx.Client) -> None:
    columns = [
        {"name": "id", "type": "integer"},
        {"name": "mail", "type": "string", "unique": True},
        {"name": "name", "type": "string", "required": True},
    ]
    made = json_of(client.post("/v1/datasets", json={"name": unique("d"), "columns": columns, "key": ["id"]}), 201)
    dataset = Dataset(client, made["id"])
    dataset.create(id=1, mail="a@x", name="Ann")
    text = "id,mail,name\n1,a@x,Anna\n2,a@x,Bob\n3,c@x,\n4,d@x,Dan\n5,d@x,Eve\n6,,Fay\n7,,Gil\n"
    job = import_into(client, dataset, text, "upsert")
    found = dataset.get_json(f"/imports/{job['result']['import']}/rejects")["data"]
    assert sorted((one["line"], one["column"], one["code"]) for one in found) == [
        (3, "mail", "unique-error"),
        (4, "name", "constraint-error"),
        (6, "mail", "unique-error"),
    ]
    assert [row[1] for row in shown(dataset, "name")] == ["Anna", "Dan", "Fay", "Gil"]


def test_values_that_do_not_fit_the_dataset_are_rejects(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1.10", "b,Bob,2")
    job = import_into(client, dataset, table("a,Ann,n.a.x", "b,Bob,3", "c,7,4"), "upsert")
    assert job["result"]["rows"]["rejected"] == 1
    (reject,) = dataset.get_json(f"/imports/{job['result']['import']}/rejects")["data"]
    assert (reject["line"], reject["column"], reject["code"]) == (2, "price", "type-error")
    assert "n.a.x" in reject["detail"]
    assert shown(dataset, "name")[2] == (3, "7")


def test_on_error_abort_imports_nothing(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1")
    options = '{"on_error": "abort"}'
    answer = request_import(client, dataset, table("b,Bob,2", "c,Cid,x"), "append", options=options)
    job = json_of(answer, 202)["job"]
    assert (job["state"], job["error"]["title"]) == ("failed", "rows-rejected")
    assert "Line 3" in job["error"]["detail"] or "line 3" in str(job["error"])
    fresh = json_of(upload(client, f"a,b,{unique('n')}\n1,2,3\n1,2\n", options=options), 202)
    assert fresh["job"]["error"]["title"] == "rows-rejected"
    assert client.get(f"/v1/datasets/{fresh['dataset']['id']}").status_code == 404
    assert dataset.get_json()["version"] == 1


def test_rejects_are_exported_as_a_file_that_can_be_corrected_and_imported(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1")
    job = import_into(client, dataset, table('b,"Bob\nB.",x', "c,Cid,4", "d,Dan"), "upsert")
    answer = dataset.get(f"/imports/{job['result']['import']}/rejects", format="csv")
    assert answer.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header == ["sku", "name", "price", "_line", "_column", "_code", "_detail"]
    assert [row[:6] for row in rows] == [
        ["b", "Bob\nB.", "x", "2", "price", "type-error"],
        ["d", "Dan", "", "5", "price", "missing-cell"],
    ]
    mended = answer.text.replace(",x,2", ",2,2").replace("d,Dan,,", "d,Dan,3,")
    again = import_into(client, dataset, mended, "upsert")
    assert again["result"]["summary"]["added"] == 2
    assert [column["name"] for column in dataset.get_json()["columns"]] == ["sku", "name", "price", "note"]


def test_a_dry_run_says_what_would_happen_and_stores_nothing(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1", "b,Bob,2")
    text = table("a,Anna,1", "c,Cid,x", "d,Dan,4")
    answer = request_import(client, dataset, text, "replace", prefer=", dry-run")
    assert "dry-run" in answer.headers["preference-applied"]
    result = json_of(answer, 202)["job"]["result"]
    assert result["summary"] == {"added": 1, "changed": 1, "removed": 1, "unchanged": 0}
    assert (result["dry_run"], result["import"], result["rejects"][0]["line"]) == (True, None, 3)
    assert dataset.get_json()["version"] == 1 and len(dataset.values()) == 2
    assert import_into(client, dataset, text, "replace")["result"]["version"] == 2, "a dry run claims no content"


def test_a_dry_run_of_a_new_dataset_makes_none(client: httpx.Client) -> None:
    text = f"a,{unique('n')}\n1,x\n2,y\n"
    headers = {"Content-Type": "text/csv", "Prefer": "wait=30, dry-run"}
    answer = client.post("/v1/datasets?name=dry", content=text, headers=headers)
    body = json_of(answer, 202)
    assert body["dataset"] is None
    assert body["job"]["result"]["summary"]["added"] == 2
    assert [column["type"] for column in body["job"]["result"]["columns"]] == ["integer", "string"]
    assert client.get(f"/v1/datasets/{body['job']['dataset']}").status_code == 404
    import_csv(client, text)


def test_the_same_content_in_the_same_mode_is_refused_once_it_changed_something(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1")
    text = table("b,Bob,2")
    first = import_into(client, dataset, text, "append", filename="b.csv")
    refused = problem(request_import(client, dataset, text, "append"), 409)
    assert refused["type"] == "/problems/duplicate-file" and refused["import"] == first["result"]["import"]
    assert import_into(client, dataset, text, "upsert")["result"]["summary"]["unchanged"] == 1
    job = json_of(request_import(client, dataset, text, "append", duplicates="allow"), 202)["job"]
    assert (job["state"], job["error"]["title"]) == ("failed", "no-row-accepted"), (
        "it is allowed, but its key is taken"
    )


def test_of_twenty_equal_appends_at_once_one_wins(client: httpx.Client) -> None:
    dataset = stock(client, "a,Ann,1", key="")
    text = table(*(f"r{number},x,{number}" for number in range(500)))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: request_import(client, dataset, text, "append"), range(20)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 19
    assert dataset.get_json()["records"] == 501


def test_every_record_knows_its_file_and_line(client: httpx.Client) -> None:
    dataset = import_csv(
        client, f'sku,name,{unique("n")}\na,"An\nn",1\n\nb,Bob,2\nx\nc,Cid,3\n', key="sku", filename="one.csv"
    )
    lines = [dataset.get_json(f"/records/{id}/provenance") for id in (1, 2, 3)]
    assert [one["line"] for one in lines] == [2, 5, 7]
    assert {one["source"]["filename"] for one in lines} == {"one.csv"}
    assert lines[0]["import"] == dataset.get_json("/imports")["data"][0]["id"]
    import_into(client, dataset, table("c,Cid", "z,Zoe", "a,Ann", header="sku,name"), "upsert", filename="two.csv")
    second = [dataset.get_json(f"/records/{id}/provenance") for id in (1, 2, 3, 4)]
    assert [(one["source"]["filename"], one["line"], one["version"]) for one in second] == [
        ("two.csv", 4, 2),
        ("one.csv", 5, 1),
        ("one.csv", 7, 1),
        ("two.csv", 3, 2),
    ]
    assert dataset.get_json("/records/1/provenance", as_of=1)["line"] == 2
    dataset.create(sku="new")
    made = dataset.get_json("/records/5/provenance")
    assert (made["import"], made["source"], made["edited"]) == (None, None, True)
    assert dataset.get("/records/99/provenance").status_code == 404


def test_inspect_reports_what_an_import_would_find(client: httpx.Client, service: Service) -> None:
    before = set(service.settings.uploads.iterdir())
    text = "id;name;price\n1;Ann;1.10\n2;Bob\n3;Cid;2\n"
    found = json_of(client.post("/v1/inspect", content=text, headers={"Content-Type": "text/csv"}))
    assert (found["format"], found["delimiter"]) == ("csv", ";")
    assert [(column["name"], column["type"]) for column in found["columns"]] == [
        ("id", "integer"),
        ("name", "string"),
        ("price", "decimal"),
    ]
    assert found["rows"] == {"read": 3, "accepted": 2, "rejected": 1}
    assert found["first"][0]["name"] == "Ann" and found["problems"][0]["line"] == 3
    assert set(service.settings.uploads.iterdir()) <= before
    image = b"\x89PNG\r\n\x1a\n" + bytes(100)
    refused = client.post("/v1/inspect", content=image, headers={"Content-Type": "image/png"})
    assert code(refused, 415) == "unsupported-format"


def test_options_are_checked_at_once(client: httpx.Client) -> None:
    for options, expected in (
        ('{"delimeter": ";"}', "unknown-option"),
        ('{"delimiter": ";;"}', "invalid-options"),
        ('{"columns": {"a": "text"}}', "invalid-options"),
        ("[]", "invalid-options"),
        ("{", "invalid-json"),
    ):
        refused = upload(client, f"a,{unique('n')}\n1,2\n", options=options)
        assert code(refused, 422) == expected, options
    assert "delimiter" in problem(upload(client, "a,b\n1,2\n", options='{"delimeter": ";"}'), 422)["detail"]


def test_what_was_merged_is_rebuilt_the_same(client: httpx.Client, service: Service) -> None:
    dataset = stock(client, *(f"k{n},name {n},{n}.50" for n in range(50)))
    dataset.create(sku="by hand")
    import_into(client, dataset, table(*(f"k{n},name {n},{n}.{n % 3}0" for n in range(40, 70))), "upsert")
    import_into(client, dataset, table(*(f"k{n},é{n}" for n in range(30)), header="sku,extra"), "replace")
    import_into(client, dataset, table("z,1", "y,2", header="sku,price"), "append")
    verdict = verify.verify(service.source(), UUID(dataset.id))
    assert verdict.difference is None and verdict.version == 5
