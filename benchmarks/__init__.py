"""How fast it is: each question measured beside what PostgreSQL alone would take, in the same run."""
