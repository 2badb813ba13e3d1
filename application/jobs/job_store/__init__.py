"""The table of jobs: what each is to do, how far it is, how it ended. Only this package's SQL names the table."""
