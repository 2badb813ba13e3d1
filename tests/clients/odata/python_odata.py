"""Reads an entity set with python-odata: `python_odata.py ROOT SET`. Prints what it found as JSON.

Alone in a process: it warns of its own habits.
"""

import json
import sys

from odata import ODataService  # type: ignore[import-untyped]

root, name = sys.argv[1:]
service = ODataService(root, reflect_entities=True, quiet_progress=True)
Entity = service.entities[name]
query = service.query(Entity)
old = query.filter(Entity.age > 25).order_by(Entity.age.desc())
found = {
    "all": [each.name for each in query],
    "old": [(each.name, each.age, each.balance) for each in old],
    "first": query.order_by(Entity.age.asc()).first().name,
    "some": [each.name for each in query.limit(2).offset(1)],
    "contains": [each.name for each in query.filter(Entity.name.contains("it's"))],
    "one": query.get(3).name,
}
print(json.dumps(found, default=str))
