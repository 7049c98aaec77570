"""Asks with the typed client that ariadne-codegen wrote into the folder that is named first."""

import asyncio
import importlib
import json
import sys


async def main(folder: str, url: str) -> None:
    sys.path.insert(0, folder)
    made = importlib.import_module("arrayan_client")
    async with made.Client(url=url) as client:
        answer = await client.list_objects(
            first=100, where=made.ObjectFilter(survey=made.Survey.ZTF, detectionCount=made.IntRange(gte=1))
        )
    for node in answer.objects.nodes:
        print(
            json.dumps(
                {"name": node.name, "year": node.first_time[:4], "epochs": len(node.light_curve.columns.mjd)},
                default=str,
            )
        )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
