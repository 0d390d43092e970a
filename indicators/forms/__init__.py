"""Forms of indicators: they parse, the actions decide."""
