"""A process is killed between a change and its response: a repeated request gets the response and changes nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import pytest

from domain import exact_json
from interfaces.services.wiring import Service
from tests.given import create_dataset, json_of, unique

DYING = "tests.interfaces.http.dying_api"
SERVE = "interfaces.cli.main"

Ask = Callable[[str], httpx.Response]
"""A request to the service at an address."""


class Api:
    """An API process on the tests' database."""

    def __init__(self, service: Service, module: str, *words: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        settings = {"DATABASE_URL": service.conninfo, "ROWLEDGER_DATA": str(service.settings.data)}
        self._environment = os.environ | settings | {"ROWLEDGER_PORT": str(self._port), "ROWLEDGER_WORKERS": "0"}
        self._command = [sys.executable, "-m", module, *words]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < until and self._process.poll() is None
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def died(self) -> bool:
        return self._process.wait(20) == -signal.SIGKILL

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/status", timeout=2).status_code == 200
        return False


@contextmanager
def an_api(service: Service, module: str, *words: str) -> Iterator[Api]:
    api = Api(service, module, *words)
    try:
        yield api
    finally:
        api.kill()


def test_a_repeated_request_gets_the_response_of_the_process_that_died(
    client: httpx.Client, service: Service
) -> None:
    dataset = create_dataset(client)
    send = json_sender("POST", f"{dataset.url}/records", {"values": {"name": "Ann"}})
    with an_api(service, DYING) as dying:
        with pytest.raises(httpx.TransportError):
            send(dying.address)
        assert dying.died()
    answer = send(str(client.base_url))
    assert answer.headers["idempotency-replayed"] == "true"
    assert json_of(answer, 201)["id"] == 1
    assert (dataset.get_json()["records"], dataset.get_json()["version"]) == (1, 2)


def test_requests_repeated_until_answered_are_each_executed_once(client: httpx.Client, service: Service) -> None:
    _survives(client, service, requests=100, kills=1)


@pytest.mark.torture
def test_two_thousand_requests_through_twenty_kills_are_each_executed_once(
    client: httpx.Client, service: Service
) -> None:
    _survives(client, service, requests=2_000, kills=20)


def _survives(client: httpx.Client, service: Service, requests: int, kills: int) -> None:
    dataset = create_dataset(client)
    with an_api(service, SERVE, "serve") as first, an_api(service, SERVE, "serve") as second:
        addresses = (first.address, second.address)

        def until_answered(number: int) -> int:
            send = json_sender("POST", f"{dataset.url}/records", {"values": {"name": f"p{number}", "age": number}})
            turn = number
            while True:
                with suppress(httpx.TransportError):
                    answer = send(addresses[turn % 2])
                    if answer.status_code == 201:
                        assert json_of(answer, 201)["values"]["age"] == number
                        return int(json_of(answer, 201)["id"])
                    assert answer.status_code in (409, 503), answer.text
                turn += 1
                time.sleep(0.05)

        with ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(until_answered, number) for number in range(requests)]
            for kill in range(kills):
                _wait_for(lambda: sum(one.done() for one in waiting) >= requests * (kill + 1) // (kills + 1))  # noqa: B023
                api = (first, second)[kill % 2]
                api.kill()
                api.start()
            ids = [one.result(120) for one in waiting]
    assert sorted(ids) == list(range(1, requests + 1))
    assert (dataset.get_json()["records"], dataset.get_json()["version"]) == (requests, requests + 1)


def json_sender(method: str, path: str, body: object) -> Ask:
    headers = {"Content-Type": "application/json", "Idempotency-Key": unique("key").replace(" ", "-")}

    def send(address: str) -> httpx.Response:
        return httpx.request(method, f"{address}{path}", content=exact_json.dumps(body), headers=headers, timeout=30)

    return send


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
