"""The HTTP interface: `/v1`, as the contract has it."""
