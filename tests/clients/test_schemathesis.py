"""schemathesis makes questions of the schema that the endpoint tells, and looks at the answers."""

import base64
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from graphql_schema.errors import ErrorCode
from tests.clients.conftest import ClientsEndpoint
from tests.support.client_environment import PythonClient

pytestmark = pytest.mark.clients

EXAMPLES, SEED = 15, 1
FAULTS = {ErrorCode.INTERNAL_SERVER_ERROR, ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT}
OF_CLIENTS = set(ErrorCode) - FAULTS


def test_no_question_meets_a_fault_of_the_server(endpoint: ClientsEndpoint, tmp_path: Path) -> None:
    client = PythonClient("schemathesis")
    report = tmp_path / "report.ndjson"
    options = ["--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--no-color"]
    options += ["--generation-database", "none", "--report", "ndjson", "--report-ndjson-path", str(report)]
    # It ends with 1 when it finds something, and calls every refusal something: the report is what counts.
    ran = subprocess.run(
        [client.folder / "bin" / "st", "run", endpoint.url, *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    checks: Counter[str] = Counter()
    recorded = [json.loads(line).get("ScenarioFinished") for line in report.read_text().splitlines()]
    for scenario in filter(None, recorded):
        recorder = scenario["recorder"]
        for case, answered in recorder["interactions"].items():
            codes = _codes(answered["response"])
            for check in recorder["checks"].get(case, ()):
                checks[check["name"]] += 1
                # A refusal is no acceptance, and codes that it does not know look like faults to it.
                is_refusal = bool(codes) and check["name"] in {"positive_data_acceptance", "not_a_server_error"}
                assert check["status"] == "success" or is_refusal, check
    assert checks["response_schema_conformance"] > EXAMPLES, ran.stdout[-3000:]


def _codes(response: dict[str, Any]) -> list[str]:
    """The codes of an answer, which must be those of refusals."""
    assert response["status_code"] < 500
    body = json.loads(base64.b64decode(response["content"]["$base64"]))
    codes = [error["extensions"]["code"] for error in body.get("errors", ())]
    assert set(codes) <= OF_CLIENTS, body
    return codes
