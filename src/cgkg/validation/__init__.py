"""Validation: findings about the data, before and after reasoning."""
