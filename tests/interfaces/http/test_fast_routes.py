"""A fast route runs no dependencies, so none may declare one."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, Request, Response

from interfaces.http.middleware.fast_routes import SkippedDependency, build_fast_routes
from interfaces.http.requests import reject_unknown_parameters
from interfaces.server.app import FAST_ENDPOINTS, ROUTE_MODULES

KNOWN = Depends(reject_unknown_parameters)


async def check_caller(request: Request) -> None:
    """A dependency that must not be skipped."""


async def plain(request: Request) -> Response:
    return Response()


async def signed(request: Request, caller: Annotated[None, Depends(check_caller)]) -> Response:
    return Response()


def test_the_services_fast_routes_declare_none() -> None:
    routes = build_fast_routes([module.router for module in ROUTE_MODULES], FAST_ENDPOINTS)
    assert len(routes) == len(FAST_ENDPOINTS)


def test_unknown_parameters_are_refused_by_the_fast_path_itself() -> None:
    router = APIRouter(dependencies=[KNOWN])
    router.add_api_route("/plain", plain)
    assert len(build_fast_routes([router], [plain])) == 1


def test_a_dependency_of_the_route_is_refused() -> None:
    router = APIRouter(dependencies=[KNOWN])
    router.add_api_route("/plain", plain, dependencies=[Depends(check_caller)])
    with pytest.raises(SkippedDependency, match=r"GET /plain \(plain\) depends on check_caller"):
        build_fast_routes([router], [plain])


def test_a_dependency_of_the_router_is_refused() -> None:
    router = APIRouter(dependencies=[KNOWN, Depends(check_caller)])
    router.add_api_route("/plain", plain)
    with pytest.raises(SkippedDependency, match=r"GET /plain \(plain\) depends on check_caller"):
        build_fast_routes([router], [plain])


def test_a_dependency_in_the_signature_is_refused() -> None:
    router = APIRouter()
    router.add_api_route("/signed", signed)
    with pytest.raises(SkippedDependency, match=r"GET /signed \(signed\) depends on check_caller"):
        build_fast_routes([router], [signed])
