"""Answers what is no HTTP request, or has too long an address, with a problem document like every other refusal."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from domain import exact_json
from interfaces.http import problems


class ProblemProtocol(HttpToolsProtocol):
    """uvicorn's protocol, whose own refusal is plain text."""

    def send_400_response(self, msg: str) -> None:
        detail = "The request is not HTTP that can be read, or its address has more than 64 kB; send a POST …/query"
        document = problems.document(HTTPStatus.BAD_REQUEST, "unreadable-request", detail, "/")
        body = exact_json.dumps(document).encode()
        head = (
            f"HTTP/1.1 400 Bad Request\r\ncontent-type: {problems.MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
