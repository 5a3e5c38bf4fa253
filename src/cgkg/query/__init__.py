"""Queries: reading requests, choosing formats, and evaluating in processes that can be stopped.

negotiation, protocol: plain values in, plain values out. syntax: what a query's text says about
itself. evaluation: one query over one graph. pool -> keeper -> worker: the processes.
"""
