"""The pages of indices: frameworks, results, score sheets and surveys."""
