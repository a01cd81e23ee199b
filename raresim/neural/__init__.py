"""A small neural generator of records: networks for how many terms and for which, trained with torch, drawn without."""
