"""Files are imported completely and once, or not at all."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx
import pytest

from interfaces.services import database
from interfaces.services.wiring import Service
from tests.given import Dataset, code, import_csv, json_of, problem, unique, upload

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def a_file(*lines: str) -> str:
    """A CSV file that no other test has: its last column's name is unique."""
    header, *rows = lines
    return "\n".join([f"{header},{unique('n')}", *(f"{row},x" for row in rows)]) + "\n"


def test_a_file_becomes_a_dataset_with_typed_columns(client: httpx.Client) -> None:
    dataset = import_csv(
        client, a_file("name,n,price,on,ok,at,zip", "Ann,1,1.10,2024-02-29,true,2024-02-29T12:00:00Z,007")
    )
    found = dataset.get_json()
    assert (found["version"], found["records"]) == (1, 1)
    assert [column["type"] for column in found["columns"]][:-1] == [
        "string",
        "integer",
        "decimal",
        "date",
        "boolean",
        "datetime",
        "string",
    ]
    text = dataset.get("/records").text
    assert all(cell in text for cell in ('"Ann"', "1.10", '"2024-02-29"', "true", '"007"'))


def test_a_raw_body_is_accepted_with_a_job(client: httpx.Client) -> None:
    answer = upload(client, a_file("a", "1", "2"), wait=0, name="Raw file", filename="raw.csv")
    body = json_of(answer, 202)
    assert answer.headers["location"] == f"/v1/jobs/{body['job']['id']}"
    assert (body["dataset"]["name"], body["job"]["kind"]) == ("Raw file", "import")
    assert body["job"]["state"] in ("queued", "running", "succeeded")


def test_form_fields_have_the_same_effect_as_query_parameters(client: httpx.Client) -> None:
    form = {"name": "From a form", "description": "its text", "key": "a", "options": "{}"}
    answer = client.post(
        "/v1/datasets",
        data=form,
        files={"file": ("räksmörgås.csv", a_file("a", "1", "2"))},
        headers={"Prefer": "wait=30"},
    )
    assert answer.headers["preference-applied"] == "wait=30"
    dataset = Dataset(client, json_of(answer, 202)["dataset"]["id"])
    found = dataset.get_json()
    assert (found["name"], found["description"], found["key"]) == ("From a form", "its text", ["a"])
    assert dataset.get_json("/imports")["data"][0]["source"]["filename"] == "räksmörgås.csv"


def test_a_file_without_a_name_gives_its_own(client: httpx.Client) -> None:
    answer = client.post("/v1/datasets", files={"file": ("Sales 2024.csv", a_file("a", "1"))})
    assert json_of(answer, 202)["dataset"]["name"] == "Sales 2024"


def test_the_job_shows_its_progress_and_result(client: httpx.Client) -> None:
    job = json_of(upload(client, a_file("a", "1", "2", "3")), 202)["job"]
    assert job == json_of(client.get(f"/v1/jobs/{job['id']}"))
    assert job["state"] == "succeeded" and job["error"] is None
    assert (job["progress"]["rows"], job["progress"]["percent"]) == (3, 100)
    assert job["progress"]["bytes"] == job["progress"]["total_bytes"]
    assert job["result"]["rows"] == {"read": 3, "accepted": 3, "rejected": 0}
    assert job["result"]["version"] == 1 and job["finished_at"]


def test_an_unknown_job_is_not_found(client: httpx.Client) -> None:
    assert code(client.get("/v1/jobs/00000000-0000-4000-8000-000000000000"), 404) == "job-not-found"
    assert code(client.get("/v1/jobs/7"), 400) == "invalid-parameter"


def test_the_import_shows_the_source_of_its_rows(client: httpx.Client) -> None:
    text = a_file("a;b", "1;2").replace(",", ";")
    dataset = import_csv(client, text, filename="semi.csv")
    (found,) = dataset.get_json("/imports")["data"]
    digest = sha256(text.encode()).hexdigest()
    assert found["source"] == {"filename": "semi.csv", "size": len(text), "sha256": digest}
    assert (found["rows"], found["options"]["delimiter"]) == ({"read": 1, "accepted": 1, "rejected": 0}, ";")
    assert dataset.get_json(f"/imports/{found['id']}") == found
    assert dataset.get_json("/versions/1")["import"] == found["id"]
    assert dataset.get("/imports/00000000-0000-4000-8000-000000000000").status_code == 404


def test_no_upload_is_left_when_the_job_has_ended(client: httpx.Client, service: Service) -> None:
    before = set(service.settings.uploads.iterdir())
    import_csv(client, a_file("a", "1"))
    until = time.monotonic() + 5  # the worker removes it once the answer has gone out
    while not set(service.settings.uploads.iterdir()) <= before and time.monotonic() < until:
        time.sleep(0.01)
    assert set(service.settings.uploads.iterdir()) <= before


def test_the_same_file_again_is_refused_naming_the_first_import(client: httpx.Client, service: Service) -> None:
    text = a_file("a", "1")
    dataset = import_csv(client, text, once=True, filename="first.csv")
    before = set(service.settings.uploads.iterdir())
    refused = problem(upload(client, text, filename="second.csv"), 409)
    assert refused["type"] == "/problems/duplicate-file" and "'first.csv'" in refused["detail"]
    assert refused["import"] == dataset.get_json("/imports")["data"][0]["id"]
    assert refused["dataset"] == dataset.id
    assert set(service.settings.uploads.iterdir()) <= before
    assert import_csv(client, text).id != dataset.id
    assert code(upload(client, text, duplicates="alow"), 400) == "invalid-parameter"


def test_of_ten_equal_uploads_at_once_one_wins(client: httpx.Client) -> None:
    text = a_file("a", *(str(number) for number in range(1000)))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: upload(client, text), range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9
    (winner,) = [json_of(answer, 202)["dataset"]["id"] for answer in answers if answer.status_code == 202]
    assert {problem(answer, 409)["dataset"] for answer in answers if answer.status_code == 409} == {winner}
    assert Dataset(client, winner).get_json()["records"] == 1000


@pytest.mark.parametrize(
    ("data", "status", "name"),
    [
        (b"", 422, "empty-file"),
        (b" \n\n", 422, "empty-file"),
        (b"\xef\xbb\xbf", 422, "empty-file"),
        (PNG, 415, "unsupported-format"),
        (b"%PDF-1.7\n" + bytes(50), 415, "unsupported-format"),
        (b"PK\x03\x04" + bytes(50), 422, "truncated-file"),
        (b"a,b\n1,\x00\n", 415, "unsupported-format"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused_at_once(
    client: httpx.Client, service: Service, data: bytes, status: int, name: str
) -> None:
    before, counts = set(service.settings.uploads.iterdir()), left_behind(service)
    for answer in (upload(client, data), client.post("/v1/datasets", files={"file": ("x.csv", data)})):
        assert code(answer, status) == name
    assert set(service.settings.uploads.iterdir()) <= before
    assert left_behind(service) == counts


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda: a_file("a", "1") + '"open,2\n', "unclosed-quote"),
        (lambda: a_file("a", *["é"] * 20_000).encode() + b"\xff,x\n", "unsupported-encoding"),
        (lambda: a_file("a", *["1"] * 20_000).encode() + b"\x00,x\n", "nul-byte"),
    ],
    ids=["unclosed quote", "a late byte that is no UTF-8", "a late NUL"],
)
def test_a_broken_file_fails_and_leaves_nothing_but_itself(
    client: httpx.Client, service: Service, spoil: Callable[[], str | bytes], name: str
) -> None:
    before, counts, data = set(service.settings.uploads.iterdir()), left_behind(service), spoil()
    body = json_of(upload(client, data), 202)
    assert (body["job"]["state"], body["job"]["result"]) == ("failed", None)
    assert body["job"]["error"]["type"] == f"/problems/{name}" and body["job"]["error"]["detail"]
    assert client.get(f"/v1/datasets/{body['dataset']['id']}").status_code == 404
    assert client.get(f"/v1/datasets/{body['dataset']['slug']}").status_code == 404
    assert left_behind(service) == counts
    kept = set(service.settings.uploads.iterdir()) - before
    assert [path.stat().st_size for path in kept] == [body["job"]["progress"]["total_bytes"]], "until it is swept"
    assert json_of(upload(client, data), 202)["job"]["state"] == "failed", "a failed file may come again"


def test_the_slug_of_a_failed_import_is_free(client: httpx.Client) -> None:
    name = unique("once more")
    failed = json_of(upload(client, a_file("a", '"open'), name=name), 202)["dataset"]["slug"]
    assert import_csv(client, a_file("a", "1"), name=name).get_json()["slug"] == failed


def test_rejected_rows_are_listed_with_their_lines(client: httpx.Client) -> None:
    header = unique("c")
    dataset = import_csv(client, f"a,b,{header}\n1,2,3\n4,5\n\n6,7,8,9\n7,8,9\n")
    assert dataset.column("a") == [1, 7]
    (found,) = dataset.get_json("/imports")["data"]
    assert found["rows"] == {"read": 4, "accepted": 2, "rejected": 2}
    rejects = dataset.get_json(f"/imports/{found['id']}/rejects")["data"]
    assert [(one["line"], one["column"], one["code"], one["raw"]) for one in rejects] == [
        (3, header, "missing-cell", "4,5"),
        (5, None, "extra-cell", "6,7,8,9"),
    ]
    assert all(one["detail"] for one in rejects)


def test_rejects_are_paged(client: httpx.Client) -> None:
    dataset = import_csv(client, a_file("a,b", *["1,2"] * 50) + "2\n" * 5)
    path = f"/imports/{dataset.get_json('/imports')['data'][0]['id']}/rejects"
    page = dataset.get_json(path, limit=2)
    lines = [one["line"] for one in page["data"]]
    while cursor := page["page"]["next"]:
        page = dataset.get_json(path, limit=2, cursor=cursor)
        lines += [one["line"] for one in page["data"]]
    assert lines == [52, 53, 54, 55, 56]


def test_rows_that_break_the_key_are_rejected(client: httpx.Client) -> None:
    dataset = import_csv(client, a_file("sku,n", "a,1", "b,2", "a,3", ",4"), key="sku")
    assert dataset.get_json()["key"] == ["sku"]
    assert dataset.column("n") == [1, 2]
    rejects = dataset.get_json(f"/imports/{dataset.get_json('/imports')['data'][0]['id']}/rejects")["data"]
    assert [(one["line"], one["column"]) for one in rejects] == [(4, "sku"), (5, "sku")]
    assert code(dataset.send("POST", "/records", {"values": {"sku": "a"}}), 409) == "duplicate-key"


def test_a_key_that_is_no_column_is_refused(client: httpx.Client) -> None:
    job = json_of(upload(client, a_file("sku", "a"), key="skuu"), 202)["job"]
    assert job["state"] == "failed" and "'sku'" in job["error"]["detail"]


@pytest.mark.parametrize(
    ("form", "status", "hint"),
    [
        ({"nmae": "x"}, 422, "'name'"),
        ({"options": '{"delimeter": ";"}'}, 422, "'delimiter'"),
        ({"options": "{"}, 422, "JSON"),
        ({"key": "[1]"}, 422, "list"),
        ({"name": "nul \x00"}, 422, "U+0000"),
    ],
    ids=str,
)
def test_a_form_is_refused(client: httpx.Client, form: dict[str, str], status: int, hint: str) -> None:
    answer = client.post("/v1/datasets", data=form, files={"file": ("x.csv", a_file("a", "1"))})
    assert hint in problem(answer, status)["detail"]


def test_a_form_without_a_file_or_an_end_is_refused(client: httpx.Client) -> None:
    assert code(client.post("/v1/datasets", files={"name": (None, "x")}), 422) == "no-file"
    cut = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\na,b\n1,2\n'
    for body in (cut, b"rubbish", b""):
        answer = client.post(
            "/v1/datasets", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        assert answer.status_code in (400, 422), (body, answer.text)
    answer = client.post("/v1/datasets", content=cut, headers={"Content-Type": "multipart/form-data"})
    assert answer.status_code in (400, 422), answer.text


def test_records_can_be_changed_after_an_import(client: httpx.Client) -> None:
    dataset = import_csv(client, a_file("a", "1", "2"))
    assert json_of(dataset.send("PATCH", "/records/2", {"values": {"a": 5}}))["version"] == 2
    assert dataset.create(a=9)["id"] == 3
    assert (dataset.column("a"), dataset.column("a", as_of=1)) == ([1, 5, 9], [1, 2])


def left_behind(service: Service) -> list[int]:
    """How much of everything an import may leave there is."""
    with database.transaction(service.pool) as cursor:
        counts = cursor.execute("""
            SELECT (SELECT count(*) FROM datasets), (SELECT count(*) FROM chunks), (SELECT count(*) FROM events),
                   (SELECT count(*) FROM slugs), (SELECT count(*) FROM file_claims),
                   (SELECT count(*) FROM pg_class WHERE relnamespace = 'records'::regnamespace)
        """).fetchone()
    assert counts is not None
    return list(counts)
