"""The doors for programs to indices, components, results and score sheets."""
