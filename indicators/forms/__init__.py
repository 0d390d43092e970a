"""Forms of indices: they parse, the actions decide."""
