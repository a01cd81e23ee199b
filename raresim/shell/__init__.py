"""What the command says: listings, summaries, progress. Text only; nothing here decides anything."""
