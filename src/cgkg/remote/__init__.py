"""SPARQL engines elsewhere: what is loaded into one, and how it is asked."""
