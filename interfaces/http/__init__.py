"""What every HTTP interface shares: problems, preconditions, preferences, responses."""
