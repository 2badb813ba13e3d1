"""Entry point of `python -m interfaces.worker`."""

from interfaces.worker.worker_process import main

main()
