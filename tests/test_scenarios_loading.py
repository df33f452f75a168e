"""The official scenarios TS_01_01 to TS_03_02: files of the eKasa zone, and a certificate that comes to its end.

One shop plays them all. Each scenario begins with a register that has no data at all, loads them with ``ekasa load``,
and ends with what the register does then: whether it starts, what it shows, and by whom its messages are signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from drivers.clock_system import BRATISLAVA
from drivers.simulated.training import TRAINING_IDENTITY
from states.fiscal.journal import Resolved
from tests.scenario_kit import BROKEN, DAY, REPORT_X, SEND_NOW, Scene, Sold, open_scene, pkp_of, row, signer_of
from tests.shop import SALE, await_that, run_ekasa

OWN_FILES = ("identdata.xml", "authdata.xml", "authdata.password")
LIFE_S = 12.0
"""How long the certificate lives that comes to its end before the eyes of the cashier."""


@pytest.fixture(scope="module")
def shop_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A shop whose authority is quickly given up."""
    settings = {"authority.limit_s": "0.5", "authority.resend_s": "900.0"}
    with open_scene(tmp_path_factory.mktemp("loading") / "shop", settings) as scene:
        yield scene


@pytest.fixture
def scene(shop_scene: Scene) -> Scene:
    """The same shop with a register that has neither identification nor authentication data."""
    shop_scene.stop()
    for name in OWN_FILES:
        for path in shop_scene.shop.folder.glob(f"{name}*"):
            path.unlink()
    return shop_scene


def refuses_to_run(scene: Scene, says: str) -> None:
    """The register does not start, says in one line why, and writes nothing."""
    records = scene.shop.stored()
    done = run_ekasa("run", scene.shop.folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr
    assert scene.shop.stored() == records


def loads(scene: Scene, *names: str) -> str:
    """Load a file of each kind; what was said."""
    done = scene.load(*(scene.identdata() if name == "identdata" else scene.authdata() for name in names))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def sells(scene: Scene) -> Sold:
    """The register starts and sells, in the name and with the key of what was loaded."""
    scene.run()
    sold = scene.sell(*SALE)
    assert (sold.facts["Dic"], sold.facts["CashRegisterCode"]) == ("1234567890", "88812345678900001")
    assert row(sold.paper, "Kód pokladnice:") == "Kód pokladnice: 88812345678900001"
    assert row(sold.paper, "DIČ:") == "DIČ: 1234567890"
    return sold


def test_ts_01_01_loading_for_initialisation(scene: Scene) -> None:
    """TS_01_01, loading data for initialisation: without them the register does not start, with both it sells."""
    refuses_to_run(scene, "Chýbajú identifikačné údaje (identdata)")
    told = loads(scene, "identdata", "authdata")
    assert "Identifikačné údaje: Finančná správa i.n.t., DIČ 1234567890, kód pokladnice 88812345678900001" in told
    assert "Chýbajú" not in told
    (serial,) = [line.split()[3] for line in told.splitlines() if line.startswith("Autentifikačné údaje: certifikát")]
    sold = sells(scene)
    assert str(signer_of(sold.messages[0]).serial_number) == serial == sold.receipt.certificate_serial


def test_ts_01_02_authentication_after_identification(scene: Scene) -> None:
    """TS_01_02, authentication data after identification data: what is missing is said, and then nothing is."""
    assert "Chýbajú autentifikačné údaje (authdata)" in loads(scene, "identdata")
    refuses_to_run(scene, "Chýbajú autentifikačné údaje (authdata)")
    assert "Chýbajú" not in loads(scene, "authdata")
    sells(scene)


def test_ts_01_03_identification_after_authentication(scene: Scene) -> None:
    """TS_01_03, identification data after authentication data: the other way round."""
    assert "Chýbajú identifikačné údaje (identdata)" in loads(scene, "authdata")
    refuses_to_run(scene, "Chýbajú identifikačné údaje (identdata)")
    assert "Chýbajú" not in loads(scene, "identdata")
    sells(scene)


def test_ts_01_02_data_of_another_register_are_refused(scene: Scene) -> None:
    """TS_01_02 and TS_01_03: what does not belong together is not loaded, whichever comes second."""
    loads(scene, "authdata")
    stranger = scene.identdata(replace(TRAINING_IDENTITY, cash_register_code="88812345678900002"))
    done = scene.load(stranger)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "DIČ alebo kód pokladnice sa líši od certifikátu." in done.stderr
    refuses_to_run(scene, "Chýbajú identifikačné údaje (identdata)")


def test_ts_02_01_new_data_while_the_old_ones_are_valid(scene: Scene) -> None:
    """TS_02_01, updated identification and new authentication data: a register at work goes on under both.

    What it sold off-line under the old certificate is sent signed by the new one; its PKP stays that of the old key.
    """
    loads(scene, "identdata", "authdata")
    scene.authority(BROKEN)
    before = sells(scene)
    assert before.outcome.uid == ""
    moved = replace(TRAINING_IDENTITY.physical_address, street_name="Dolná", building_number="8")
    renamed = replace(
        TRAINING_IDENTITY, corporate_body_full_name="Nové meno, s. r. o.", physical_address=moved, unit_address=moved
    )
    scene.reload(scene.identdata(renamed), scene.authdata())
    scene.shows("NEODOSLANÉ 1")
    scene.authority()
    scene.press(*SEND_NOW)
    await_that("it is sent", lambda: [one for one in scene.shop.records(Resolved) if one.okp == before.receipt.okp])
    first, *_, again = scene.sold(before.receipt.okp).messages
    old, new = signer_of(first), signer_of(again)
    assert old.serial_number != new.serial_number
    assert old.subject == new.subject
    assert first.element("PKP") == again.element("PKP")
    assert pkp_of(again, old)
    after = scene.sell(*SALE)
    assert after.receipt.certificate_serial == str(new.serial_number)
    assert "Nové meno, s. r. o." in after.paper
    assert "Dolná 560/8, 98045 Štrkovec" in after.paper
    assert after.receipt.number == before.receipt.number + 1


@pytest.mark.parametrize(
    ("lasts", "words"),
    [(90 * DAY, ""), (29 * DAY, "do 30 dní"), (DAY / 2, "do 1 dňa")],
    ids=["90-days", "29-days", "12-hours"],
)
def test_ts_03_01_the_end_of_the_certificate_is_shown(scene: Scene, lasts: timedelta, words: str) -> None:
    """TS_03_01, the register shows that its authentication data end: from 30 days before, and it still sells."""
    done = scene.load(scene.identdata(), scene.authdata(lasts))
    until = (datetime.now(BRATISLAVA) + lasts).strftime("%d.%m.%Y")
    assert f"platí do {until}" in done.stdout
    scene.run()
    shown = scene.shows(f"Certifikát vyprší {words}" if words else "SUMA 0.00")
    assert ("Certifikát" in shown) == bool(words)
    assert scene.sell(*SALE).outcome.uid
    scene.hears("CLEAR")
    if words:
        scene.shows(f"Certifikát vyprší {words}")


def test_ts_03_02_nothing_is_sold_after_the_end_of_the_certificate(scene: Scene) -> None:
    """TS_03_02, the register blocks after the end: at that second, for every key of a sale; renewed, it sells again."""
    done = scene.load(scene.identdata(), scene.authdata(timedelta(seconds=LIFE_S)))
    assert done.returncode == 0
    last = sells(scene)
    scene.shows("Certifikát vypršal: predaj je blokovaný.")
    for keys in (SALE, ("RETURN",), ("INVOICE",), ("EMAIL",), ("1", "0", "0", "DEPOSIT")):
        scene.refuses(*keys, says="Certifikát vypršal: predaj je blokovaný.")
    assert "PREHĽADOVÁ" in scene.slip(*REPORT_X).upper()
    scene.stop()
    scene.run()
    scene.shows("Certifikát vypršal: predaj je blokovaný.")
    scene.refuses(*SALE, says="Certifikát vypršal: predaj je blokovaný.")
    expired = scene.load(scene.authdata(timedelta(seconds=-1)))
    assert (expired.returncode, expired.stdout) == (2, "")
    assert "Certifikát v súbore už vypršal" in expired.stderr
    scene.reload(scene.authdata())
    assert scene.sell(*SALE).receipt.number == last.receipt.number + 1
