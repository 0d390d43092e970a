"""Facts of indices → files."""
