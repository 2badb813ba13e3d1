"""Uses the client that openapi-python-client has generated: imports a file, pages, changes, and reads the history.

Arguments: the folder of the package `rowledger_client`, and the address of the service.
"""

import io
import json
import sys

sys.path.insert(0, sys.argv[1])

# mypy: disable-error-code="import-not-found"
from rowledger_client import Client, models, types
from rowledger_client.api.datasets import change_dataset, create_dataset, read_dataset
from rowledger_client.api.records import change_records, list_records, read_record_history, update_record

FILE = b"code;name;price\nA;Ann;1,50\nB;Bob;2,25\nC;Cid;3,00\n"

client = Client(base_url=sys.argv[2])
form = models.NewDatasetForm(
    file=types.File(payload=io.BytesIO(FILE), file_name="prices.csv", mime_type="text/csv"),
    name="From Python",
    key="code",
    options=models.FileOptions.from_dict({"delimiter": ";", "decimal": ","}),
)
accepted = create_dataset.sync(client=client, body=form, prefer="wait=30")
assert isinstance(accepted, models.AcceptedImport), accepted
dataset = accepted.dataset.id

pages, cursor = [], types.UNSET
while cursor is not None:
    page = list_records.sync(dataset, client=client, limit=2, sort="name", cursor=cursor)
    assert isinstance(page, models.RecordPage), page
    pages.append([record.values["name"] for record in page.data])
    cursor = page.page.next_

values = models.ValuesBody(values=models.ValuesBodyValues.from_dict({"price": 9.75}))
patched = update_record.sync_detailed(dataset, "1", client=client, body=values, if_match='"1"')
assert isinstance(patched.parsed, models.ChangedRecord), patched
refused = update_record.sync(dataset, "1", client=client, body=values, if_match='"1"')
assert isinstance(refused, models.Problem412), refused

batch = models.Batch(
    operations=[
        models.CreateOperation(
            op=models.CreateOperationOp.CREATE,
            values=models.CreateOperationValues.from_dict({"code": "D", "name": "Dora"}),
        ),
        models.DeleteByKeyOperation(
            op=models.DeleteByKeyOperationOp.DELETE, key=models.DeleteByKeyOperationKey.from_dict({"code": "B"})
        ),
    ]
)
changed = change_records.sync(dataset, client=client, body=batch, idempotency_key="python-1")
assert isinstance(changed, models.BatchResult), changed

renamed = change_dataset.sync(dataset, client=client, body=models.DatasetChange(name="Renamed"))
assert isinstance(renamed, models.ChangedDataset), renamed
history = read_record_history.sync(dataset, "1", client=client)
assert isinstance(history, models.HistoryEntryPage), history
missing = read_dataset.sync("nothing", client=client)
assert isinstance(missing, models.Problem404), missing

print(
    json.dumps(
        {
            "pages": pages,
            "etag": patched.headers["etag"],
            "price": patched.parsed.values["price"],
            "refused": refused.type_.value,
            "batch": changed.summary.to_dict(),
            "name": renamed.name,
            "history": [[entry.version, entry.changed] for entry in history.data],
            "missing": missing.type_.value,
        }
    )
)
