// Reads an entity set with four clients: node read.cjs ROOT SET GENERATED. Prints what each found as JSON.
// GENERATED is the folder that odata2ts wrote its client to.
const fs = require("node:fs");
const path = require("node:path");
const { OData } = require("@odata/client");
const { FetchClient } = require("@odata2ts/http-client-fetch");
const { o } = require("o.js");
const { xml2json } = require("odata-csdl");

const [root, set, generated] = process.argv.slice(2);

async function parsed() {
  const metadata = xml2json(await (await fetch(`${root}$metadata`)).text());
  return { container: metadata.$EntityContainer, type: metadata.Rowledger[`${set}_record`] };
}

async function odataClient() {
  const client = OData.New4({ serviceEndpoint: root }).getEntitySet(set);
  const old = client.newOptions().filter(client.newFilter().field("age").gt(25)).orderby("age", "desc");
  return {
    all: (await client.query()).map((each) => each.name),
    old: (await client.query(old)).map((each) => each.name),
    some: (await client.query(client.newOptions().top(2).skip(1))).map((each) => each.name),
    one: (await client.retrieve(3)).name,
    count: await client.count(client.newFilter().field("age").gt(25)),
  };
}

async function oJs() {
  const names = (found) => found.map((each) => each.name);
  return {
    all: names(await o(root).get(set).query()),
    old: names(await o(root).get(set).query({ $filter: "age gt 25", $orderby: "age desc" })),
    some: names(await o(root).get(set).query({ $top: 2, $skip: 1, $select: "name" })),
    one: (await o(root).get(`${set}(3)`).query()).name,
  };
}

async function odata2ts() {
  const { RowledgerService } = require(path.join(generated, "RowledgerService.js"));
  const service = new RowledgerService(new FetchClient(), root.replace(/\/$/, ""));
  const names = (response) => response.data.value.map((each) => each.name);
  const old = await service[set]().query((build, q) => build.filter(q.age.gt(25)).orderBy(q.age.desc()).count());
  return {
    all: names(await service[set]().query()),
    old: names(old),
    count: old.data["@odata.count"],
    some: names(await service[set]().query((build) => build.select("name").top(2).skip(1))),
    one: (await service[set](3).query()).data.name,
  };
}

async function main() {
  const clients = { parsed, odataClient, oJs, ...(fs.existsSync(generated) ? { odata2ts } : {}) };
  const found = {};
  for (const [name, client] of Object.entries(clients)) found[name] = await client();
  console.log(JSON.stringify(found));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
