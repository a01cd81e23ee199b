"""What the server of the processes imports: ancestries with their kernels, compiled or loaded once for all workers."""

from contextlib import suppress

from raresim.ancestry import warm

with suppress(Exception):  # a worker meets it again, and tells
    warm()
