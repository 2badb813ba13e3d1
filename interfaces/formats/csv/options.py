"""Validate the import options for CSV files: delimiter, quote, escape, comment, skipped rows and header."""

from application.imports.file_format import FileOptions
from domain.columns import quote_value
from domain.errors import Invalid

_LINE_ENDS = ("\n", "\r", "\0")


def check_options(options: FileOptions) -> None:
    """Raise Invalid `invalid-options` if an option has an impossible value or contradicts another option."""
    if options.delimiter is not None:
        _check_character("delimiter", options.delimiter, (*_LINE_ENDS, '"'))
    taken = (*_LINE_ENDS, *filter(None, [options.delimiter]))
    if options.quote:
        _check_character("quote", options.quote, taken, ascii_only=True)
    if options.escape:
        _check_character("escape", options.escape, taken, ascii_only=True)
    if options.comment:
        quotes = ('"' if options.quote is None else options.quote,)
        _check_text("comment", options.comment, (*taken, *filter(None, quotes)))
    for name, number in (("skip_rows", options.skip_rows), ("header", options.header)):
        if number is not None and number < 0:
            raise Invalid("invalid-options", f"options.{name} is {number:,}; it must not be negative.")


def _check_character(name: str, text: str, taken: tuple[str, ...], *, ascii_only: bool = False) -> None:
    if len(text) != 1:
        raise Invalid("invalid-options", f"options.{name} is {quote_value(text)}; it must be a single character.")
    if ascii_only and not text.isascii():
        raise Invalid("invalid-options", f"options.{name} is {quote_value(text)}; it must be an ASCII character.")
    _check_text(name, text, taken)


def _check_text(name: str, text: str, taken: tuple[str, ...]) -> None:
    """Refuse text that begins with a character that is already used by another option, or contains a line end."""
    if text.startswith(taken) or any(end in text for end in _LINE_ENDS):
        raise Invalid(
            "invalid-options", f"options.{name} must not be {quote_value(text)}, which has another meaning."
        )
