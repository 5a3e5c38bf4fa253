"""Queries with SERVICE: other endpoints are asked first, the pool evaluates with what they say.

Query processes have no network and need none: they get the answers as VALUES.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from cgkg.errors import (
    EndpointError,
    EndpointTimeoutError,
    QueryLimitError,
    QueryRefusedError,
    QuerySyntaxError,
)
from cgkg.federation.remote import Endpoints
from cgkg.messages import M_
from cgkg.sparql.protocol import BASE, QueryAnswer, QueryRequest

if TYPE_CHECKING:
    from cgkg.federation.clauses import ServiceClause

_AT_ONCE = 8  # conversations with other endpoints
_SHARE = 0.5  # of a query's time, for asking others; the rest is for evaluating it
_LEAST = 0.001  # seconds

Run = Callable[[QueryRequest], Awaitable[QueryAnswer]]


class Federation:
    """Evaluates queries that may ask other endpoints; all calls come from one event loop."""

    def __init__(self, endpoints: Endpoints, timeout: float) -> None:
        """Ask only these endpoints.

        Args:
            endpoints: which, and how they are reached.
            timeout: seconds that a query may take.
        """
        self._endpoints, self._timeout = endpoints, timeout
        self._places = asyncio.Semaphore(_AT_ONCE)

    def may_ask(self, request: QueryRequest) -> bool:
        """Whether the query may ask another endpoint: told at once, and perhaps wrongly so."""
        return bool(self._endpoints.allowed) and "service" in request.query.lower()

    async def evaluate(self, request: QueryRequest, run: Run) -> QueryAnswer:
        """The whole answer to the query; one that others had a part in is not lasting.

        The event loop is not blocked: long texts are read in threads.

        Args:
            request: the query.
            run: evaluates a query without SERVICE.

        Raises:
            QueryRefusedError: an endpoint may not be asked, or its answer cannot be used.
            EndpointError: an endpoint failed and the query does not say SILENT.
            CgkgError: as `run`, whose business a query without SERVICE is.
        """
        if not self.may_ask(request):
            return await run(request)
        # It reads queries, which a server without endpoints never does.
        from cgkg.federation.clauses import empty_clauses, find_clauses, replace_clauses

        clauses = await asyncio.to_thread(find_clauses, request.query, BASE)
        if not clauses:
            return await run(request)
        self._check_clauses(request, clauses)
        started = asyncio.get_running_loop().time()
        seconds = min(request.timeout or self._timeout, self._timeout)
        values = await self._ask_all(clauses, seconds * _SHARE)
        spent = asyncio.get_running_loop().time() - started
        query = replace_clauses(request.query, clauses, values)
        try:
            left = max(round(seconds - spent, 2), _LEAST)
            answer = await run(request._replace(query=query, timeout=left, sent=request.query))
        except QuerySyntaxError:
            # Have the places in the complaint be those of the query as sent.
            await run(request._replace(query=empty_clauses(request.query, clauses)))
            raise
        except QueryLimitError as error:
            hint: str = M_("other endpoints took {seconds} s before", seconds=f"{spent:.1f}")
            hint = M_("{one}; {other}", one=error.hint, other=hint) if error.hint else hint
            raise QueryLimitError(error.message, hint=hint, limit=error.limit) from None
        return answer._replace(lasting=False, seconds=answer.seconds + spent)

    def _check_clauses(self, request: QueryRequest, clauses: Sequence[ServiceClause]) -> None:
        for clause in clauses:
            self._endpoints.check(clause.endpoint)
        if request.evidence:
            raise QueryRefusedError(
                "evidence is not given for SERVICE: what another endpoint says has none here",
                hint="leave out evidence=true",
            )

    async def _ask_all(self, clauses: Sequence[ServiceClause], seconds: float) -> list[str]:
        """The VALUES for each clause; the first failure ends the others."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._ask(clause, seconds)) for clause in clauses]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _ask(self, clause: ServiceClause, seconds: float) -> str:
        from cgkg.federation.clauses import write_unbound

        try:
            return await self._ask_in_time(clause, seconds)
        except EndpointError:
            if clause.silent:
                return write_unbound(clause)
            raise

    async def _ask_in_time(self, clause: ServiceClause, seconds: float) -> str:
        from cgkg.federation.clauses import write_values

        try:
            async with asyncio.timeout(seconds), self._places:
                answer = await self._endpoints.ask(clause.endpoint, clause.query)
        except TimeoutError:
            raise EndpointTimeoutError(
                M_(
                    "{endpoint} has not answered after {seconds} s",
                    endpoint=f"<{clause.endpoint}>",
                    seconds=f"{seconds:g}",
                ),
                hint=M_(
                    "the limit is half of what the query may take;"
                    " SERVICE SILENT would go on without it"
                ),
            ) from None
        return await asyncio.to_thread(write_values, clause, answer)
