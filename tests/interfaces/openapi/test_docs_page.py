"""`/docs` needs nothing from another host."""

import re

import httpx
import pytest

FILES = {
    "docs/start.js": "text/javascript; charset=utf-8",
    "docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "docs/swagger-ui.css": "text/css; charset=utf-8",
}


def test_the_page_names_its_own_files_only(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in page.text
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert sorted(linked) == sorted([*FILES, "data:,"])
    assert not re.search(r"<script(?! src)|<style|\son\w+=", page.text)


@pytest.mark.parametrize("path", FILES)
def test_its_files_are_served(client: httpx.Client, path: str) -> None:
    file = client.get(f"/{path}")
    assert file.status_code == 200 and file.headers["content-type"] == FILES[path]
    assert file.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"/{path}", headers={"If-None-Match": file.headers["etag"]}).status_code == 304


def test_the_policy_allows_its_own_files_only(client: httpx.Client) -> None:
    policy = dict(part.strip().split(" ", 1) for part in client.get("/docs").headers[POLICY].split(";"))
    assert policy["default-src"] == "'none'" and policy["script-src"] == policy["connect-src"] == "'self'"
    assert "http" not in str(policy)


POLICY = "content-security-policy"


def test_the_page_starts_with_the_document_of_this_service(client: httpx.Client) -> None:
    script = client.get("/docs/start.js").text
    assert 'url: "openapi.json"' in script and "validatorUrl: null" in script and "//" not in script
    assert "SwaggerUIBundle" in client.get("/docs/swagger-ui-bundle.js").text[:1000]


def test_there_is_one_page_only(client: httpx.Client) -> None:
    assert client.get("/redoc").status_code == 404
