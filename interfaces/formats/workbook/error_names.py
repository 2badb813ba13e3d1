"""The names of errors that binary workbooks store as a number (MS-XLS 2.5.10, BErr)."""

ERROR_NAMES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def error_name(code: int) -> str:
    """The name of an error, such as `#N/A`; `#ERROR` and the number for an unknown one."""
    return ERROR_NAMES.get(code, f"#ERROR{code}")
