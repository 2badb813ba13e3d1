"""Import: a file becomes the records of a new dataset, all of them or none.

The rows are read in native code in blocks; each block goes to two threads, one that keeps it as a chunk and one
that copies it into the record table. Nothing of it can be seen until one small transaction appends the event
and makes the head. An import that is killed leaves chunks and a table nobody names; its next attempt begins
with removing them.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from psycopg import Connection, Cursor

from application import chunks, jobs, lease, slugs, uploads
from application.handle import Context, Handler, Wish
from application.jobs import Job
from domain import exact_json
from domain.columns import Column
from domain.dataset.commands import ImportRecords
from domain.dataset.events import ChunkRef, DatasetCreated, RecordsImported, SourceFile
from domain.errors import Fault, Invalid, Refusal, nearest
from domain.schema import Definition

PROGRESS_SECONDS = 0.2
WAITING_BLOCKS = 4
"""Blocks that may wait for a writer: what is in memory at most, beside the reader's own."""

Connect = Callable[[], "AbstractContextManager[Connection[Any]]"]
