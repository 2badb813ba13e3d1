"""The parameters by which lists are narrowed to what an access may read.

Their queries say `workspace = %(workspace)s AND (%(visible)s::uuid[] IS NULL OR dataset_id = ANY(%(visible)s))`.
"""

from domain.access.access import Access


def visibility_parameters(access: Access) -> dict[str, object]:
    """`visible` is null where every dataset of the workspace may be read."""
    visible = access.visible_datasets()
    return {"workspace": access.workspace, "visible": None if visible is None else list(visible)}
