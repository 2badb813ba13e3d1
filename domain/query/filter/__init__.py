"""OData 4.01 filter expressions: text → tokens → syntax tree, checked against the columns of a dataset."""
