"""The words that files write for a missing value.

They are read as null only in columns whose other values prove a type; in a text column they stay text.
"""

NULL_WORDS: frozenset[str] = frozenset(
    {
        *("NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>"),
        *("NULL", "Null", "null", "(null)", r"\N", "None", "none"),
        *("NaN", "NAN", "nan"),
        *("-", "--", "–", "—", "?"),
    }
)
