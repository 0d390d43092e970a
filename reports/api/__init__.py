"""Report runs and the trail for programs."""
