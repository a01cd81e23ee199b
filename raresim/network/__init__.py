"""One Bayesian network for the records of all diseases, readable and editable as a TOML file.

Its nodes are descriptions of a disease's entry, the person's age group, a latent severity, how many observed and
excluded terms of which relation to the entry a record has, and what it says of each organ system. Terms inside an
organ system are drawn by the scores of :mod:`raresim.clinical`.
"""

from __future__ import annotations

from raresim.network.model import Network, load

__all__ = ["Network", "load"]
