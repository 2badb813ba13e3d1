// Uses the client that hey-api has generated: imports a file, pages, changes, and reads the history.
// Argument: the address of the service.

import { client } from './made/client.gen';
import * as api from './made/sdk.gen';

declare const process: { argv: string[] };

const FILE = 'code;name;price\nA;Ann;1,50\nB;Bob;2,25\nC;Cid;3,00\n';

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no answer');
  return value;
}

async function main(): Promise<void> {
  client.setConfig({ baseUrl: process.argv[2] });
  const created = await api.createDataset({
    body: {
      name: 'From TypeScript',
      columns: [
        { name: 'code', type: 'string' },
        { name: 'name', type: 'string' },
        { name: 'price', type: 'decimal' },
      ],
      key: ['code'],
    },
  });
  const answer = present(created.data);
  if (!('created_at' in answer)) throw new Error('no dataset was created');
  const dataset = answer.id;

  const imported = await api.importFile({
    path: { dataset },
    query: { mode: 'append' },
    headers: { Prefer: 'wait=30' },
    body: { file: new File([FILE], 'prices.csv'), options: { delimiter: ';', decimal: ',' } },
  });
  const job = present(imported.data).job;

  const pages: unknown[][] = [];
  let cursor: string | null | undefined;
  do {
    const page = present(
      (await api.listRecords({ path: { dataset }, query: { limit: 2, sort: 'name', cursor: cursor ?? undefined } })).data,
    );
    if (typeof page === 'string') throw new Error('the page is no JSON');
    pages.push(page.data.map((record) => record.values.name));
    cursor = page.page.next;
  } while (cursor);

  const change = { path: { dataset, id: '1' }, headers: { 'If-Match': '"2"' }, body: { values: { price: 9.75 } } };
  const patched = await api.updateRecord(change);
  const refused = await api.updateRecord(change);

  const changed = await api.changeRecords({
    path: { dataset },
    headers: { 'Idempotency-Key': 'typescript-1' },
    body: {
      operations: [
        { op: 'create', values: { code: 'D', name: 'Dora' } },
        { op: 'delete', key: { code: 'B' } },
      ],
    },
  });
  const renamed = await api.changeDataset({ path: { dataset }, body: { name: 'Renamed' } });
  const history = await api.readRecordHistory({ path: { dataset, id: '1' } });
  const missing = await api.readDataset({ path: { dataset: 'nothing' } });

  console.log(
    JSON.stringify({
      job: job.state,
      pages,
      etag: present(patched.response).headers.get('etag'),
      price: present(patched.data)?.values.price,
      refused: refused.error?.type,
      batch: present(changed.data).summary,
      name: present(renamed.data).name,
      history: present(history.data).data.map((entry) => [entry.version, entry.changed]),
      missing: missing.error?.type,
    }),
  );
}

void main();
