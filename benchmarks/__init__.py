"""Benchmarks. Each result is compared with what PostgreSQL alone needs for the same work, measured in the same
run."""
