"""Describes routes for the OpenAPI document: their bodies, answers, headers and problems."""
