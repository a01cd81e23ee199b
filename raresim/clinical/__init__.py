"""A generator of clinical records that is fitted on case reports: model, fit and drawing.

A record has a structure (how many observed and excluded terms, of which relation to what the catalog says of the
disease) and terms (each a softmax over the candidates of its relation). :class:`Model` holds what was fitted as plain
numbers; :func:`raresim.clinical.fit.fit` makes one of reports; :mod:`raresim.phenotype.clinical` draws from it.
"""

from __future__ import annotations

from raresim.clinical.model import Model, load

__all__ = ["Model", "load"]
