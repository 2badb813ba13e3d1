"""The words that files write where there is no value.

They are null only in columns whose other values prove a type; in a column of text they stay text.
"""

NULL_WORDS: frozenset[str] = frozenset(
    {
        *("NA", "N/A", "n/a", "na", "#N/A", "#NA", "<NA>"),
        *("NULL", "Null", "null", "(null)", r"\N", "None", "none"),
        *("NaN", "NAN", "nan"),
        *("-", "--", "–", "—", "?"),
    }
)
