"""HOW IT IS MEASURED: indices, frameworks, components and published results."""
