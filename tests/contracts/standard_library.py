"""A contract for import-linter: some packages import themselves and Python's standard library, nothing else.

Unlike a list of forbidden packages it also refuses packages that are not known yet.
"""

import sys

import grimp
from importlinter import Contract, ContractCheck, fields, output


class StandardLibraryContract(Contract):
    """`packages`: those that it binds."""

    type_name = "standard_library"

    packages = fields.ListField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        violations = [
            (importer, imported)
            for package in self.packages  # type: ignore[attr-defined]
            for importer in sorted({package} | graph.find_descendants(package))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not _is_allowed(package, imported)
        ]
        return ContractCheck(kept=not violations, metadata={"violations": violations})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["violations"]:
            output.print_error(f"{importer} imports {imported}, which is not of the standard library")


def _is_allowed(package: str, imported: str) -> bool:
    top = imported.partition(".")[0]
    return top in sys.stdlib_module_names or imported == package or imported.startswith(f"{package}.")
