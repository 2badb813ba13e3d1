"""Command-line options shared by several verbs."""

from typing import Annotated

import typer

Dataset = Annotated[str, typer.Argument(help="The dataset's slug or id.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="A version number, a time like 2024-01-31T12:30:00Z or a day (its end). [dim]Default: newest.[/dim]",
    ),
]
Filter = Annotated[str, typer.Option("--filter", help="An OData filter: \"price ge 10.5 and city eq 'Oslo'\".")]
Sort = Annotated[str, typer.Option("--sort", help="Sort columns, - for descending: -price,name.")]
Search = Annotated[str, typer.Option("--search", help="Full-text search; ~prodct also finds similar words.")]
Fields = Annotated[str | None, typer.Option("--fields", help="The columns to show: name,price.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Maximum number of rows.")]
