"""The authority's test scenarios: each has a test that is named after it and plays it through keypad and settings.

Of the official list only the first fourteen scenarios could be read; the later ones are known by their subjects.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FILES = ("loading", "documents", "sending", "papers")

# fmt: off
SCENARIOS = {
    "ts_01_01": "loading data for initialisation",
    "ts_01_02": "authentication data after identification data",
    "ts_01_03": "identification data after authentication data",
    "ts_02_01": "updated identification and new authentication data",
    "ts_03_01": "shows the end of the authentication data",
    "ts_03_02": "blocks after it",
    "ts_04_01": "PD of a payer of VAT",
    "ts_04_02": "PD of a non-payer",
    "ts_04_03": "PD with items V or O",
    "ts_04_04": "a receipt with the customer's id (obsolete)",
    "ts_04_05": "a seller with an exemption",
    "ts_04_06": "paragón",
    "ts_04_07": "UF",
    "ts_04_08": "paragón of UF",
    "ts_later_nd": "ND, a document for practice",
    "ts_later_vk_vy": "VK and VY (abolished)",
    "ts_later_response": "response processing",
    "ts_later_offline_receipt": "an off-line receipt",
    "ts_later_resend": "sending again",
    "ts_later_error_answer": "an error answer",
    "ts_later_location": "a location by GPS, by address, by other words",
    "ts_later_copy": "a copy",
    "ts_later_unsent_messages": "the print-out of unsent messages",
    "ts_later_storage_is_written": "CHDÚ: written before sending",
    "ts_later_storage_is_read": "CHDÚ: read without the register",
    "ts_later_storage_is_full": "CHDÚ: full",
    "ts_later_numbering": "numbers of receipts",
    "ts_later_qr_online": "the QR code of an on-line receipt",
    "ts_later_qr_offline": "the QR code of an off-line receipt",
    "ts_later_long_receipt": "a receipt of 500 items",
    "ts_later_electronic_receipt": "an electronic receipt",
}
# fmt: on
"""The name and the subject of each."""


def played() -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The tests of scenarios by their names."""
    trees = [ast.parse(Path(__file__).with_name(f"test_scenarios_{name}.py").read_text("utf-8")) for name in FILES]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {one.name: one for tree in trees for one in tree.body if isinstance(one, kinds) and "test_" in one.name}


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_official_scenario_is_played_by_a_test_of_its_name(name: str) -> None:
    found = [one for test, one in played().items() if test.startswith(f"test_{name}_") or test == f"test_{name}"]
    assert found
    for one in found:
        assert ast.get_docstring(one)
        if re.match("ts_[0-9]", name):
            assert name.upper() in str(ast.get_docstring(one))


def test_each_test_of_a_scenario_is_of_a_known_one() -> None:
    assert [test for test in played() if not test.startswith(tuple(f"test_{name}" for name in SCENARIOS))] == []
