"""Half of a surrogate pair, which JSON can write and no text can hold, is refused wherever it stands."""

from typing import Any

import httpx
import pytest

from tests.given import Dataset, create_dataset, problem

HALVES = ["\\ud83d", "\\uDC00", "a\\udfffb", "\\ude00\\ud83d"]


@pytest.fixture(scope="module")
def dataset(client: httpx.Client) -> Dataset:
    return create_dataset(client, [{"name": "name", "type": "string"}, {"name": "any", "type": "json"}], ["name"])


def send(client: httpx.Client, method: str, path: str, body: str) -> Any:
    answer = client.request(method, path, content=body.encode(), headers={"Content-Type": "application/json"})
    assert "'\\u" not in answer.text and "<" not in answer.json()["detail"]
    return problem(answer, 422)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("POST", "/records", '{"values": {"name": "%s"}}', "/values/name"),
        ("POST", "/records", '{"values": {"name": "a", "%s": 1}}', "/values"),
        ("POST", "/records", '{"values": {"name": "a", "any": {"b": ["c", "%s"]}}}', "/values/any/b/1"),
        ("POST", "/records", '{"%s": 1}', ""),
        ("PATCH", "/records/1", '{"values": {"any": {"%s": 1}}}', "/values/any"),
        ("PUT", "/records/by-key/a", '{"values": {"any": "%s"}}', "/values/any"),
        ("PATCH", "/records?filter=true", '{"values": {"any": "%s"}}', "/values/any"),
        ("POST", "/batch", '{"operations": [{"op": "%s"}]}', "/operations/0/op"),
        ("POST", "/batch", '{"operations": [{"op": "delete", "key": {"name": "%s"}}]}', "/operations/0/key/name"),
        ("POST", "/records/query", '{"filter": "name eq \'%s\'"}', "/filter"),
        ("POST", "/records/query", '{"fields": ["%s"]}', "/fields/0"),
        ("POST", "/records/query", '{"sort": "%s"}', "/sort"),
        ("POST", "/records/query", '{"search": "%s"}', "/search"),
        ("POST", "/records/query", '{"cursor": "%s"}', "/cursor"),
        ("POST", "/records/query", '{"as_of": "%s"}', "/as_of"),
        ("POST", "/exports", '{"format": "%s"}', "/format"),
        ("POST", "/exports", '{"filter": "%s"}', "/filter"),
        ("POST", "/revert", '{"to": "%s"}', "/to"),
        ("PATCH", "", '{"description": "%s"}', "/description"),
        ("PATCH", "", '{"columns": {"%s": {"name": "b"}}}', "/columns"),
    ],
)
def test_it_is_refused_with_its_place(
    client: httpx.Client, dataset: Dataset, method: str, path: str, body: str, pointer: str, half: str
) -> None:
    refused = send(client, method, f"{dataset.url}{path}", body % half)
    assert (refused["type"], refused["errors"][0]["pointer"]) == ("/problems/invalid-text", pointer)
    assert dataset.get_json()["version"] == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "%s", "columns": [{"name": "a", "type": "string"}]}',
        '{"name": "a", "columns": [{"name": "%s", "type": "string"}]}',
        '{"name": "a", "columns": [{"name": "b", "type": "%s"}]}',
        '{"name": "a", "columns": [{"name": "b", "type": "string"}], "key": ["%s"]}',
        '{"upload": "%s"}',
    ],
)
def test_no_dataset_is_created_with_it(client: httpx.Client, body: str) -> None:
    assert send(client, "POST", "/v1/datasets", body % "\\ud800")["type"] == "/problems/invalid-text"


@pytest.mark.parametrize(("name", "value"), [("options", '{"null": "\\ud800"}'), ("key", '["\\ud800"]')])
def test_parameters_with_json_refuse_it(client: httpx.Client, name: str, value: str) -> None:
    headers = {"Content-Type": "text/csv"}
    answer = client.post("/v1/datasets", params={name: value}, content=b"a,b\n1,2\n", headers=headers)
    assert problem(answer, 422)["type"] == "/problems/invalid-text"
    form = client.post("/v1/datasets", data={name: value}, files={"file": ("a.csv", b"a,b\n1,2\n")})
    assert problem(form, 422)["type"] == "/problems/invalid-text"


@pytest.mark.parametrize("body", [b'{"values": {"name": "\xed\xa0\x80"}}', '{"values": {"name": "\ud800"}}'])
def test_it_is_found_in_other_encodings_too(client: httpx.Client, dataset: Dataset, body: bytes | str) -> None:
    content = body if isinstance(body, bytes) else body.encode("utf-16-le", "surrogatepass")
    headers = {"Content-Type": "application/json"}
    answer = client.post(f"{dataset.url}/records", content=content, headers=headers)
    assert problem(answer, 422)["type"] == "/problems/invalid-text"


def test_whole_pairs_are_kept(client: httpx.Client) -> None:
    dataset = create_dataset(client, [{"name": "name", "type": "string"}])
    body = '{"values": {"name": "\\ud83d\\ude00 \\\\ud800 \\u00e9"}}'
    headers = {"Content-Type": "application/json"}
    assert client.post(f"{dataset.url}/records", content=body, headers=headers).status_code == 201
    assert dataset.column("name") == ["😀 \\ud800 é"]


def test_a_form_that_is_not_utf8_is_refused(client: httpx.Client) -> None:
    file = ("file", ("a.csv", b"a,b\n1,2\n"))
    for fields in ([("name", (None, b"caf\xe9"))], [("description", (None, b"\xed\xa0\x80"))]):
        answer = client.post("/v1/datasets", files=[*fields, file])
        assert problem(answer, 422)["errors"][0]["pointer"] == fields[0][0]
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="caf\xe9.csv"\r\n\r\na,b\n1,2\n\r\n--b--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/v1/datasets", content=body, headers=headers)
    assert problem(answer, 422)["errors"][0]["pointer"] == "filename"


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("POST", "/exports", '{"format": ["csv"]}', "format=an array"),
        ("POST", "/exports", '{"format": "cvs"}', "did you mean 'csv'?"),
        ("POST", "/exports", '{"format": "none of them"}', "known are 'csv', 'xlsx'"),
        ("POST", "/exports", '{"format": null}', "format=null"),
        ("POST", "/batch", '{"operations": [{"op": null}]}', "null is not an operation"),
        ("POST", "/batch", '{"operations": [{"op": {"a": true}}]}', "an object is not an operation"),
    ],
)
def test_messages_show_values_as_json_has_them(
    client: httpx.Client, dataset: Dataset, method: str, path: str, body: str, said: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.request(method, f"{dataset.url}{path}", content=body, headers=headers)
    assert said in problem(answer, 422)["detail"]
