"""The doors for programs to plans, tasks, assignments and progress."""
