"""Queries with SERVICE: other endpoints are asked first, the pool evaluates with what they say.

Query processes have no network and need none: they get the answers as VALUES.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from cgkg.errors import (
    EndpointError,
    EndpointTimeoutError,
    QueryLimitError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.federation.clauses import Clause, clauses, emptied, inlined, replaced, unanswered
from cgkg.federation.remote import Endpoints
from cgkg.sparql.protocol import BASE, QueryAnswer, QueryRequest

_AT_ONCE = 8  # conversations with other endpoints
_SHARE = 0.5  # of a query's time, for asking others; the rest is for evaluating it
_LEAST = 0.001  # seconds

Run = Callable[[QueryRequest], Awaitable[QueryAnswer]]


class Federation:
    """Evaluates queries that may ask other endpoints."""

    def __init__(self, endpoints: Endpoints, timeout: float) -> None:
        """Ask only these endpoints; `timeout` is how many seconds a query may take."""
        self._endpoints, self._timeout = endpoints, timeout
        self._places = asyncio.Semaphore(_AT_ONCE)

    def concerns(self, request: QueryRequest) -> bool:
        """Whether the query may ask another endpoint: told at once, and perhaps wrongly so."""
        return bool(self._endpoints.allowed) and "service" in request.query.lower()

    async def evaluate(self, request: QueryRequest, run: Run) -> QueryAnswer:
        """The whole answer to the query; one that others had a part in is not lasting.

        Args:
            request: the query.
            run: evaluates a query without SERVICE.

        Raises:
            QueryRefusedError: an endpoint may not be asked, or its answer cannot be used.
            EndpointError: an endpoint failed and the query does not say SILENT.
            CgkgError: as `run`, whose business a query without SERVICE is.
        """
        if not self.concerns(request):
            return await run(request)
        found = await asyncio.to_thread(clauses, request.query, BASE)
        if not found:
            return await run(request)
        self._check(request, found)
        started = asyncio.get_running_loop().time()
        seconds = min(request.timeout or self._timeout, self._timeout)
        texts = await self._said(found, seconds * _SHARE)
        spent = asyncio.get_running_loop().time() - started
        query = replaced(request.query, found, texts)
        try:
            left = max(round(seconds - spent, 2), _LEAST)
            answer = await run(request._replace(query=query, timeout=left))
        except QuerySyntaxError:
            # Have the places in the complaint be those of the query as sent.
            await run(request._replace(query=emptied(request.query, found)))
            raise
        except QueryLimitError as error:
            more = f"other endpoints took {spent:.1f} s before"
            hint = f"{error.hint}; {more}" if error.hint else more
            raise QueryLimitError(error.message, hint=hint) from None
        return answer._replace(lasting=False, seconds=answer.seconds + spent)

    def _check(self, request: QueryRequest, found: Sequence[Clause]) -> None:
        for clause in found:
            self._endpoints.check(clause.endpoint)
        if request.evidence:
            raise QueryRefusedError(
                "evidence is not given for SERVICE: what another endpoint says has none here",
                hint="leave out evidence=true",
            )

    async def _said(self, found: Sequence[Clause], seconds: float) -> list[str]:
        """What stands for each clause; the first failure ends the others."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._text(clause, seconds)) for clause in found]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _text(self, clause: Clause, seconds: float) -> str:
        try:
            return await self._answered(clause, seconds)
        except EndpointError:
            if clause.silent:
                return unanswered(clause)
            raise

    async def _answered(self, clause: Clause, seconds: float) -> str:
        try:
            async with asyncio.timeout(seconds), self._places:
                answer = await self._endpoints.ask(clause.endpoint, clause.query)
        except TimeoutError:
            raise EndpointTimeoutError(
                f"<{clause.endpoint}> has not answered after {seconds:g} s",
                hint="the limit is half of what the query may take;"
                " SERVICE SILENT would go on without it",
            ) from None
        return await asyncio.to_thread(inlined, clause, answer)
