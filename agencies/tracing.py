"""The identifier of the request being served and who sent it, carried into events and logs."""

from collections.abc import Callable
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
# Answers with the log-in name once it is known, else with an empty text; asks no database.
person: ContextVar[Callable[[], str]] = ContextVar("person", default=str)
