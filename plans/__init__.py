"""WHAT WAS PROMISED AND DONE: plans, targets, tasks, assignments, periods, progress, evidence, review."""
