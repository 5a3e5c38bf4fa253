"""Queries: reading requests, choosing formats, and evaluating in processes that can be stopped.

negotiation, protocol, exchange, problem: HTTP in plain values. cache: answers kept.
syntax, tokenlist, diagnosis: what a query's text says about itself. rewriting, with paths and
sorting: what the engine gets wrong. federation: SERVICE in the text.
evaluation, writing, ordering: one query over one graph, as bytes. support: what each row rests on.
pool (threads: for threads) with its places -> processes -> keeper -> worker, over channel and
frames; endings: what is said of a query that gets no answer.
"""
