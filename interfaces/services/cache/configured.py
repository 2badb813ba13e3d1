"""Creates the page cache from the settings: local, Redis, both in two tiers, or none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from application.settings import Settings
from interfaces.services.cache.page_cache import LocalCache, PageCache, TwoTierCache


@asynccontextmanager
async def open_page_cache(settings: Settings) -> AsyncIterator[PageCache | None]:
    """The cache while the block runs; None if the settings disable it."""
    near = LocalCache(settings.cache_bytes) if settings.cache_bytes else None
    if settings.redis_url is None:
        yield near
        return
    from interfaces.services.cache.redis_cache import RedisCache  # costs 26 MB of memory, so only if used

    far = RedisCache(settings.redis_url)
    async with far.running():
        yield far if near is None else TwoTierCache(near, far)
