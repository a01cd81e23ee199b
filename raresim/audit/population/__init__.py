"""The population beside published figures: spectrum, load a person, structure, mutation; written to docs/realism.md."""
