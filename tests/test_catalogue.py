"""PLU from a table: what is read, what is refused and why; the journal holds all of them or what was before."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings, strategies as st

from controller.catalogue import run_plu, set_in
from controller.catalogue_csv import FILE_MAX_BYTES, JOINT, Parsed, Unusable, parse, table
from controller.till import catalogue_of
from controller.training import init_training
from drivers.storage_journal import JournalStorage, open_journal
from states.fiscal.journal import CatalogueSet, encode_record
from states.fiscal.product import PLU_MAX, PLU_NUMBER_MAX, UNIT_MAX, Product, ProductKind
from states.fiscal.receipt import NAME_MAX, Regulation, SellerIdType
from states.fiscal.vat import GROUPS
from states.words import LANGUAGES, WORDS, Language, say
from tests import journal_samples as samples
from tests.shop import run_ekasa

COFFEE = Product(1, "Káva", 19, price=Decimal("1.50"), department=2)
HEAD = "Číslo;Názov;Cena;DPH\n"


def parsed(text: str, encoding: str = "utf-8") -> Parsed:
    """The file of this text."""
    return parse(text.encode(encoding))


def refused(line: str, head: str = HEAD) -> str:
    """Why this line is no PLU, empty if it is one."""
    found = parsed(f"{head}{line}\n")
    assert len(found.products) + len(found.refusals) == 1
    return found.refusals[0].word if found.refusals else ""


# --- What is read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Číslo;Názov;Cena;DPH;Oddelenie\n1;Káva;1,50;19;2\n",
        "cislo;NAZOV;cena;sadzba_dph;oddelenie\r\n1;Káva;1.50;19 %;2\r\n",
        "number,name,price,vat,department\n1,Káva,1.50,19.00,2\n",
        'PLU,Name,Price,VAT,Department\n1,"Káva","1,50",19%,2',
        "\n;;\nDPH;Oddelenie;Cena;Názov;Číslo\n\n19;2;1,5;  Káva ;1\n;;;;\n",
        "Číslo;Názov;Cena;DPH;Oddelenie;MJ;Druh;\n1;Káva;1,50;19,0;2;ks;tovar;;\n",
        "Číslo;Názov;Cena;DPH;Oddelenie\r1;Káva;1,50;19;2\r",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
def test_a_table_is_read_as_spreadsheets_write_it(text: str, encoding: str) -> None:
    """Titles in either language, with or without accents; semicolons or commas; decimal commas or points."""
    assert parsed(text, encoding) == Parsed((replace(COFFEE),), ())


def test_every_column_is_read() -> None:
    """And what is left out is as the register has it without."""
    text = (
        "number;name;price;vat;department;unit;kind;regulation;seller id;seller_id_type\n"
        "9;Fľaša;0,15;0;;;obal;;;\n"
        "8;Zájazd;;0;3;os.;;ck;SK1234567890;IC DPH\n"
        "7;Záloha;;23;;;Záloha;;;\n"
        "6;Poukaz;10;23;;;voucher;;;\n"
        "5;Starý tovar;;20;;;;;;\n"
    )
    found = parsed(text)
    assert found.refusals == ()
    assert found.products == (
        Product(5, "Starý tovar", 20),
        Product(6, "Poukaz", 23, ProductKind.VOUCHER, price=Decimal(10)),
        Product(7, "Záloha", 23, ProductKind.ADVANCE),
        Product(8, "Zájazd", 0, ProductKind.GOODS, "os.", None, 3, Regulation.CK, "SK1234567890", SellerIdType.IC_DPH),
        Product(9, "Fľaša", 0, ProductKind.PACKAGING, price=Decimal("0.15")),
    )


def test_a_name_is_carried_as_on_a_receipt() -> None:
    """White space is one space, what reorders is dropped; a name may hold quotes and lines."""
    (product,) = parsed(HEAD + '1;"Syr \n ""Bryndza""\t\u202e1 kg";;5\n').products
    assert product.name == 'Syr "Bryndza" 1 kg'


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("1;Káva;1,50;19", ""),
        ("0;Káva;1,50;19", "plu-number"),
        ("1000000;Káva;1,50;19", "plu-number"),
        ("999999;Káva;1,50;19", ""),
        ("-1;Káva;1,50;19", "plu-number"),
        ("1.0;Káva;1,50;19", "plu-number"),
        (";Káva;1,50;19", "plu-number"),
        ("\u0661;Káva;1,50;19", "plu-number"),
        ("1;;1,50;19", "name-empty"),
        ("1;\u200e;1,50;19", "name-empty"),
        ("1;\ufffe;1,50;19", "name-illegal"),
        (f"1;{'x' * NAME_MAX};1,50;19", ""),
        (f"1;{'x' * (NAME_MAX + 1)};1,50;19", "name-too-long"),
        ("1;Káva;;19", ""),
        ("1;Káva;0;19", "plu-price"),
        ("1;Káva;-1;19", "plu-price"),
        ("1;Káva;1,5000001;19", "plu-price"),
        ("1;Káva;0,000001;19", ""),
        ("1;Káva;10000000;19", ""),
        ("1;Káva;10000000,01;19", "plu-price"),
        ("1;Káva;1 000,00;19", "plu-price"),
        ("1;Káva;1e3;19", "plu-price"),
        ("1;Káva;NaN;19", "plu-price"),
        ("1;Káva;1,50 €;19", "plu-price"),
        ("1;Káva;1,50;", "plu-vat"),
        ("1;Káva;1,50", "plu-vat"),
        ("1;Káva;1,50;22", "plu-vat"),
        ("1;Káva;1,50;19,5", "plu-vat"),
        ("1;Káva;1,50;19;extra", "plu-cells"),
        ("1;Káva;1,50;19;;", ""),
    ],
)
def test_a_line_that_is_no_plu_is_refused_with_the_reason(line: str, word: str) -> None:
    assert refused(line) == word


FULL = "number;name;vat;department;unit;kind;regulation;seller id;seller id type;\n"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("1;Káva;19;8;0123456789;goods;;;", ""),
        ("1;Káva;19;9;;;;;", "plu-department"),
        ("1;Káva;19;x;;;;;", "plu-department"),
        ("1;Káva;19;;01234567890;;;;", "plu-unit"),
        ("1;Káva;19;;\u200e;;;;", "plu-unit"),
        ("1;Káva;19;;;nothing;;;", "plu-kind"),
        ("1;Káva;19;;;obal;;;", "plu-packaging-rate"),
        ("1;Káva;0;;;obal;;;", ""),
        ("1;Káva;0;;;;XYZ;;", "plu-regulation"),
        ("1;Káva;19;;;;PDP;;", "plu-regulation-rate"),
        ("1;Káva;0;;;;PDP;;", ""),
        ("1;Káva;19;;;;;1234567890;DIC", ""),
        ("1;Káva;19;;;;;1234567890;", "plu-seller"),
        ("1;Káva;19;;;;;;DIC", "plu-seller"),
        ("1;Káva;19;;;;;12 34;DIC", "plu-seller"),
        (f"1;Káva;19;;;;;{'1' * 51};DIC", "plu-seller"),
        ("1;Káva;19;;;;;1;PAS", "plu-seller"),
        ("1;Káva;19;;;;;;;no title", "plu-cells"),
    ],
)
def test_the_other_columns_are_held_to_the_law(line: str, word: str) -> None:
    assert refused(line, FULL) == word


def test_refusals_name_their_lines_and_the_good_ones_stay() -> None:
    """A number belongs to the line that had it first; a line that is several lines long has its first number."""
    found = parsed(HEAD + '3;A;;5\n\n1;"B\nb";;5\n3;C;;5\n2;D;x\x1b;5\n')
    assert [(one.line, one.word) for one in found.refusals] == [(6, "plu-twice"), (7, "plu-price")]
    assert [product.number for product in found.products] == [1, 3]
    assert found.refusals[1].shown == "2; D; x ; 5"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "csv-missing"),
        (b"\n\n", "csv-missing"),
        (HEAD.encode(), "csv-empty"),
        (b"number;name\n1;x\n", "csv-missing"),
        (b"number;name;vat;colour\n1;x;5;red\n", "csv-unknown"),
        (b"number;name;vat;PLU\n1;x;5;1\n", "csv-twice"),
        (b'number;name;vat\n1;"x;5\n', "csv-quotes"),
        (b'number;name;vat\n1;"x"y;5\n', "csv-quotes"),
        (b"number;name;vat\n1;" + b"x" * 200_000 + b";5\n", "csv-quotes"),
        (HEAD.encode("utf-16"), "csv-encoding"),
        (b"number;name;vat\n1;\x00;5\n", "csv-encoding"),
        (b"number;name;vat\n1;\x81;5\n", "csv-encoding"),
        (b"x" * (FILE_MAX_BYTES + 1), "csv-large"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "csv-encoding"),
        (b"number;name;vat\n" + b"".join(b"%d;x;5\n" % n for n in range(1, PLU_MAX + 2)), "csv-many"),
        (b"number;name;vat\n" + b"0;x;5\n" * (PLU_MAX + 1), "csv-many"),
    ],
)
def test_a_file_that_is_no_table_of_plu_is_refused_whole(content: bytes, word: str) -> None:
    with pytest.raises(Unusable) as caught:
        parse(content)
    assert caught.value.word == word
    for language in LANGUAGES:
        assert "{" not in say(word, language, *caught.value.values)


def test_as_many_as_the_register_may_have_are_read() -> None:
    content = b"number;name;vat\n" + b"".join(b"%d;x;5\n" % n for n in range(PLU_MAX, 0, -1))
    assert [product.number for product in parse(content).products] == list(range(1, PLU_MAX + 1))


# --- Whatever the file -------------------------------------------------------------------------------------------

CELLS = st.text(st.sampled_from('0123456789,.;"\n\r\t -%=+áľK\x00\x1b\u202e\ufeff'), max_size=12)
TABLES = st.lists(st.lists(CELLS, max_size=6).map(";".join), max_size=6).map(lambda lines: HEAD + "\n".join(lines))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | TABLES.map(str.encode) | TABLES.map(lambda text: text.encode("utf-16")))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """What is accepted keeps every rule of a PLU; what is refused has a sentence in both languages."""
    found, unusable = Parsed((), ()), "csv-empty"
    try:
        found = parse(content)
    except Unusable as error:
        unusable = error.word
    assert unusable in WORDS
    assert all(one.word in WORDS and one.line > 1 and one.shown.isprintable() for one in found.refusals)
    for product in found.products:
        assert 1 <= product.number <= PLU_NUMBER_MAX
        assert product.vat_rate in GROUPS
        assert 1 <= len(product.name) <= NAME_MAX
        assert 1 <= len(product.unit) <= UNIT_MAX
        assert all(holds(product) for holds, _ in JOINT)
    encode_record(CatalogueSet(found.products))


PRODUCTS = st.builds(
    Product,
    st.integers(1, PLU_NUMBER_MAX),
    st.sampled_from(["Káva", '"', ";", "=1+1", "@x", "-", "+5", 'a";b', "O'Neill"]),
    st.just(0),
    st.sampled_from(ProductKind),
    st.sampled_from(["ks", "kg", "m²", "@s", "-234567890"]),
    st.none() | st.decimals("0.000001", 9_999_999, places=6),
    st.integers(0, 8),
    st.none() | st.sampled_from(Regulation),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PRODUCTS, min_size=1, max_size=5, unique_by=lambda one: one.number), st.sampled_from(LANGUAGES))
def test_what_is_written_is_read_back(products: list[Product], language: Language) -> None:
    """In either language; no cell is a formula to a spreadsheet."""
    text = table(products, language)
    assert parse(text.encode()) == Parsed(tuple(sorted(products, key=lambda one: one.number)), ())
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in text.splitlines() for cell in line.split(";"))


# --- The journal and the command ---------------------------------------------------------------------------------


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[JournalStorage]:
    """An empty journal."""
    async with open_journal(tmp_path / "journal", index_room_bytes=0) as opened:
        yield opened


async def test_the_catalogue_is_the_one_set_last(storage: JournalStorage) -> None:
    """None before the first; each replaces the one before, whatever lies between."""
    assert (await catalogue_of(storage)).products == ()
    for products in ((COFFEE,), samples.catalogue().products):
        await storage.append(CatalogueSet(products))
        for record in samples.printed_life(samples.signed_receipt(len(products))):
            await storage.append(record)
        found = await catalogue_of(storage)
        assert found.products == products
        assert [found.find(product.number) for product in products] == list(products)


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a register that was never started."""
    folder = tmp_path_factory.mktemp("plu") / "shop"
    init_training(folder)
    return folder


@pytest.fixture
def shop(training: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(training, tmp_path / "shop"))


def written(folder: Path, text: str) -> Path:
    """A table in a file."""
    path = folder / "plu.csv"
    path.write_text(text, encoding="utf-8")
    return path


def ran(shop: Path, text: str, *, is_partial: bool = False) -> tuple[int, str]:
    """Exit code and output of the import."""
    out = io.StringIO()
    return run_plu(shop, written(shop.parent, text), is_partial, out), out.getvalue()


def test_all_or_nothing_unless_asked_for(shop: Path) -> None:
    """One bad line keeps all out; with --partial the good ones are set; with no good one nothing is."""
    text = HEAD + "1;Káva;1,50;19\n2;Čaj;;99\n"
    code, told = ran(shop, text)
    assert code == 1
    assert "riadok 3: sadzba DPH" in told
    assert set_in(shop).products == ()
    assert ran(shop, text, is_partial=True)[0] == 0
    assert [product.name for product in set_in(shop).products] == ["Káva"]
    assert ran(shop, HEAD + "2;Čaj;;99\n", is_partial=True)[0] == 1
    assert [product.name for product in set_in(shop).products] == ["Káva"]
    assert ran(shop, HEAD + "2;Čaj;;5\n")[0] == 0
    assert [product.name for product in set_in(shop).products] == ["Čaj"]


def test_a_long_report_says_how_much_is_left_out(shop: Path) -> None:
    code, told = ran(shop, HEAD + "0;x;;5\n" * 150)
    assert (code, len(told.splitlines())) == (1, 102)
    assert "50" in told.splitlines()[-2]


def test_what_is_listed_can_be_imported_again(shop: Path) -> None:
    products = (COFFEE, *samples.catalogue().products[1:])
    assert ran(shop, table(products, "sk"))[0] == 0
    out = io.StringIO()
    assert run_plu(shop, None, False, out) == 0
    assert out.getvalue() == table(products, "sk")


def test_the_command_tells_in_one_line_what_is_wrong(shop: Path) -> None:
    """A file that is no table, one that is not there, a folder without a register: exit code 2."""
    no_table = written(shop, "colour\nred\n")
    for arguments in ((shop, no_table), (shop, shop / "absent.csv"), (shop / "absent", no_table), (shop, shop)):
        done = run_ekasa("plu", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    done = run_ekasa("plu", shop, written(shop, HEAD + "1;Káva;1,50;19\n"))
    assert (done.returncode, done.stderr) == (0, "")
    done = run_ekasa("plu", shop)
    assert (done.returncode, done.stdout.splitlines()[1][:12]) == (0, "1;Káva;1,50;")


async def test_a_running_register_keeps_its_plu(shop: Path) -> None:
    """Whoever has the journal open is told of, nothing is changed, and listing is possible all the same."""
    async with open_journal(shop / "journal", index_room_bytes=0) as storage:
        await storage.append(CatalogueSet((COFFEE,)))
        table_of_one = written(shop, HEAD + "2;Čaj;;5\n")
        done = await trio.to_thread.run_sync(lambda: run_ekasa("plu", shop, table_of_one))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "beží" in done.stderr
        assert set_in(shop).products == (COFFEE,)
        done = await trio.to_thread.run_sync(lambda: run_ekasa("plu", shop))
        assert "Káva" in done.stdout
