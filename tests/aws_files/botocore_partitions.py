"""Says what botocore's table of partitions holds.

Standard input is a list in JSON: for `null` the answer is the table, for the code of a Region its partition, or `null`.
"""

import json
import re
import sys

from botocore.loaders import create_loader

TABLE = create_loader().load_data("partitions")["partitions"]


def is_of(partition, code):
    return re.match(partition["regionRegex"], code) is not None


def row(partition):
    outputs = partition["outputs"]
    return {
        "id": partition["id"],
        "domains": [outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]],
        "home": outputs["implicitGlobalRegion"],
        # The others stand for all Regions of a partition, and are none.
        "regions": [code for code in partition["regions"] if is_of(partition, code)],
    }


def answer(code):
    if code is None:
        return [row(partition) for partition in TABLE]
    return next((partition["id"] for partition in TABLE if is_of(partition, code)), None)


json.dump([answer(code) for code in json.load(sys.stdin)], sys.stdout)
