"""Files come in: whole, once, or not at all."""
import httpx

from tests.given import imported, unique


def test_a_file_becomes_a_dataset(client: httpx.Client) -> None:
    dataset = imported(client, f"name,{unique('n')}\nAnn,1\nBob,2\n")
    assert dataset.column("name") == ["Ann", "Bob"]
