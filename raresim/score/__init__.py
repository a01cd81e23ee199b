"""Scoring: reading answers, ranks and ties, metrics with intervals, and the report. Only this package reads truth."""
