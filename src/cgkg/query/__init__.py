"""Queries: reading requests, choosing formats, and evaluating in processes that can be stopped.

negotiation, protocol, exchange, problem: HTTP in plain values. cache: answers kept.
syntax, diagnosis: what a query's text says about itself. rewriting: what the engine gets wrong.
evaluation, writing: one query over one graph, as bytes. support: what each row rests on.
pool -> keeper -> worker: the processes.
"""
