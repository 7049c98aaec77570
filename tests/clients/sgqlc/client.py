"""Asks with the module that sgqlc wrote from the endpoint's introspection; the folder is named first."""

import importlib
import json
import sys

from sgqlc.endpoint.http import HTTPEndpoint
from sgqlc.operation import Operation


def main(folder: str, url: str) -> None:
    sys.path.insert(0, folder)
    schema = importlib.import_module("arrayan_schema")
    operation = Operation(schema.Query)
    objects = operation.objects(first=100, order_by=[{"field": "NAME", "direction": "ASC"}])
    objects.nodes.name()
    objects.nodes.light_curve().columns().mjd()
    answer = operation + HTTPEndpoint(url)(operation)
    for node in answer.objects.nodes:
        print(json.dumps({"name": node.name, "epochs": len(node.light_curve.columns.mjd)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
