"""The run store: what was decided, made, judged and learned, in one SQLite file per run."""
