"""WHO: provinces, agencies and their history, people, permissions, trail, documents, jobs, the workflow kernel."""
