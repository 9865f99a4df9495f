#!/usr/bin/python3
"""`gomnet` against real services: exit codes, dry runs, import and export, tour, watch, verify.

Each test is a function whose name is the behaviour; they run in order, on one network, each with members of its own."""
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from gomnet import BUILD  # noqa: E402
from network import Network  # noqa: E402

OK, REFUSED, USAGE, LATER, DAMAGED, PARTLY = range(6)
PROGRAM = BUILD / "services/cli/gomnet"
TIMEOUT_S = 60
ROWS = 10_000
IMPORT_MS = 2_000
TERMS = ("--tier", "1:90.000", "--ship-from", "VN-BAT-TRANG")


class Gomnet:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.data = self.folder

    def __call__(self, *arguments, member=None, code=OK, language="en"):
        """What it prints; fails where its exit code is another."""
        command = [PROGRAM, "--data", self.data, "--language", language]
        if member is not None:
            command += ["--as", member]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GOMNET_")}
        done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S,
                              env=environment)
        self.error = done.stderr
        assert done.returncode == code, f"{arguments} exits with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments, **more):
        return json.loads(self(*arguments, "--json", **more))

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def product(self, member, sku="BT-1"):
        return self.json("product", "publish", sku, "--name", "vi:Bát", "--category", "bowl", "--mass", "450", member=member)

    def lot(self, member, sku="BT-1", on_hand="100"):
        self.product(member, sku)
        return self.json("lot", "publish", sku, "--on-hand", on_hand, *TERMS, member=member)["lot_id"]

    def on_hand(self, member, sku="BT-1"):
        return self.json("lot", "show", sku, member=member)["on_hand"]


def usage_is_2_and_says_what_is_wrong(gomnet):
    for arguments in (["nothing"], ["lot"], ["lot", "show"], ["lot", "show", "A", "B"], ["lot", "list", "--colour"],
                      ["lot", "list", "--limit", "many"], ["product", "list", "--language", "fr"],
                      ["product", "publish", "A", "--from", "/nonexistent"],
                      ["import", "orders", "x.csv"], ["verify", "journal", "registry"]):
        gomnet(*arguments, member="usage", code=USAGE)
        assert gomnet.error.strip(), arguments
    gomnet("product", "publish", "A", "--name", "vi:A", "--category", "bowl", "--mass", "1", code=USAGE)
    assert "--as" in gomnet.error
    gomnet("product", "list", member="xưởng", code=USAGE)


def help_is_in_both_languages(gomnet):
    assert "Publishes a product." in gomnet("--help")
    assert "Đăng một sản phẩm." in gomnet("--help", language="vi")
    assert "--dry-run" in gomnet("lot", "restock", "--help")
    assert "--dry-run" not in gomnet("lot", "show", "--help")


def a_final_refusal_is_1_with_reason_sentence_and_field(gomnet):
    gomnet("lot", "show", "NONE", member="final", code=REFUSED)
    assert "LOT_UNKNOWN (NOT_FOUND)" in gomnet.error and "There is no such lot." in gomnet.error
    gomnet("lot", "show", "NONE", member="final", code=REFUSED, language="vi")
    assert "Không có lô hàng này." in gomnet.error
    gomnet.product("final")
    error = gomnet.json("lot", "publish", "BT-1", "--tier", "1:1", "--ship-from", "NOWHERE", member="final", code=REFUSED)["error"]
    assert (error["reason"], error["field"], error["transient"]) == ("PLACE_UNKNOWN", "terms.ship_from", False)


def a_transient_refusal_is_3(gomnet):
    lot = gomnet.lot("transient", on_hand="10")
    order = gomnet.json("order", "place", f"{lot}:8", "--deliver-to", "VN-DA-NANG", "--wait", member="transient-buyer")
    assert order["state"] == "RESERVED"
    error = gomnet.json("lot", "adjust", lot, "COUNTED", "5", member="transient", code=LATER)["error"]
    assert error["reason"] == "BELOW_RESERVED" and error["transient"]


def who_cannot_be_reached_is_3(gomnet):
    before, gomnet.data = gomnet.data, gomnet.folder / "elsewhere"
    gomnet("product", "list", "--timeout", "300ms", code=LATER)
    assert "catalog" in gomnet.error
    assert gomnet.json("status", "--timeout", "300ms", code=LATER) == {"catalog": None, "matching": None, "order": None}
    gomnet.data = before


def each_failing_line_of_an_order_is_named(gomnet):
    few = gomnet.lot("lines", "FEW", "5")
    many = gomnet.lot("lines", "MANY", "500")
    reply = gomnet.json("order", "place", f"{few}:6", f"{many}:7:80.000", f"{many}:1", "--deliver-to", "VN-DA-NANG", "--wait",
                        member="lines-buyer", code=REFUSED)
    assert reply["state"] == "REJECTED"
    lines = [(line["line"], line["reason"], line["available"], line["unit_price_minor"]) for line in reply["refused"]]
    assert lines == [(0, "TOO_FEW_AVAILABLE", 5, 0), (1, "PRICE_CHANGED", 0, 90000)], lines
    assert gomnet.json("lot", "show", many)["reserved"] == 0


def a_dry_run_changes_nothing(gomnet):
    assert "nothing was changed" in gomnet("product", "publish", "DRY", "--name", "vi:A", "--category", "bowl", "--mass", "1",
                                           "--dry-run", member="dry")
    gomnet("product", "show", "DRY", member="dry", code=REFUSED)
    gomnet.lot("dry")
    gomnet("lot", "restock", "BT-1", "50", "--dry-run", member="dry")
    assert gomnet.on_hand("dry") == 100
    gomnet("lot", "restock", "BT-1", "0", "--dry-run", member="dry", code=REFUSED)
    path = gomnet.file("dry.csv", "sku,on_hand\nBT-1,7\n")
    report = gomnet.json("import", "lots", path, "--dry-run", member="dry")
    assert (report["changed"], report["commands"]) == (1, 0)
    assert gomnet.on_hand("dry") == 100


def money_and_days_are_those_of_the_language(gomnet):
    lot = gomnet.lot("figures")
    assert "90.000 ₫" in gomnet("lot", "show", lot, language="vi")
    assert "₫90,000" in gomnet("lot", "show", lot)
    assert gomnet.json("lot", "show", lot)["lot"]["terms"]["tiers"][0]["unit_price_minor"] == 90000


def a_revision_keeps_what_is_not_given(gomnet):
    gomnet.product("revise")
    gomnet("product", "revise", "BT-1", "--mass", "500", member="revise")
    terms = gomnet.json("product", "show", "BT-1", member="revise")["product"]["terms"]
    assert (terms["mass_g"], terms["category"], terms["names"][0]["text"]) == (500, "bowl", "Bát")
    gomnet("product", "revise", "BT-1", "--mass", "600", "--revision", "1", member="revise", code=REFUSED)
    assert "REVISION_MOVED" in gomnet.error


def lists_are_walked_page_by_page(gomnet):
    for i in range(5):
        gomnet.product("pages", f"P{i}")
    def skus(reply):
        return [row["product"]["sku"] for row in reply["products"]]
    everything = skus(gomnet.json("product", "list", "--seller", "pages", "--all"))
    assert sorted(everything) == [f"P{i}" for i in range(5)]
    walked, token = [], None
    while True:
        page = gomnet.json("product", "list", "--seller", "pages", "--limit", "2", *(["--page", token] if token else []))
        walked += skus(page)
        token = page["next_token"]
        if token is None:
            break
    assert walked == everything


def rows(count, name="Bát"):
    return "".join(f"S{i},{name} {i},bowl,stoneware,C62,{300 + i % 200}\r\n" for i in range(count))


PRODUCTS = "sku,name_vi,category,body,base_unit,mass_g\r\n"
LOTS = "sku;on_hand;currency;tier1_from;tier1_price;min_order;order_multiple;ship_from;incoterm;grade\r\n"


def ten_thousand_rows_are_imported_and_unchanged_afterwards(gomnet):
    products = gomnet.file("products.csv", "\ufeff" + PRODUCTS + rows(ROWS))
    lots = gomnet.file("lots.csv", LOTS + "".join(f"S{i};1.{i % 1000:03d};VND;1;{30 + i % 60}.000;1;1;VN-BAT-TRANG;EXW;A\r\n"
                                                  for i in range(ROWS)))
    for kind, path in (("products", products), ("lots", lots)):
        report = gomnet.json("import", kind, path, member="bulk")
        assert (report["new"], report["bad"], report["commands"]) == (ROWS, 0, ROWS), report
        if not os.environ.get("GM_SANITIZE"):
            assert report["ms"] < IMPORT_MS, report
        report = gomnet.json("import", kind, path, member="bulk")
        assert (report["unchanged"], report["commands"]) == (ROWS, 0), report
    assert gomnet.on_hand("bulk", "S7") == 1007  # 1.007, never 1 and never 1007000


def a_file_imported_again_after_changes_by_hand_holds_again(gomnet):
    gomnet.product("again")
    path = gomnet.file("again.csv", LOTS + "BT-1;100;VND;1;90.000;1;1;VN-BAT-TRANG;EXW;A\r\n")
    for expected in ("new", "changed", "changed", "changed"):
        assert gomnet.json("import", "lots", path, member="again")[expected] == 1
        assert gomnet.on_hand("again") == 100
        gomnet("lot", "adjust", "BT-1", "COUNTED", "7", member="again")
        assert gomnet.on_hand("again") == 7


def one_bad_row_holds_back_the_file(gomnet):
    text = PRODUCTS + rows(3) + "BAD,,bowl,stoneware,C62,12a\r\nWORSE,Bát,nothing,stoneware,C62,1\r\n"
    path = gomnet.file("bad.csv", text)
    gomnet("import", "products", path, member="bad", code=REFUSED)
    assert "line 5, column 6 (mass_g)" in gomnet.error, gomnet.error
    assert gomnet.json("product", "list", "--seller", "bad")["products"] == []
    report = gomnet.json("import", "products", path, "--skip-bad", member="bad", code=PARTLY)
    assert (report["new"], report["bad"]) == (3, 2), report
    assert {fault["line"] for fault in report["faults"]} == {5, 6}, report
    assert len(gomnet.json("product", "list", "--seller", "bad")["products"]) == 3


def files_that_cannot_be_read_send_nothing(gomnet):
    for name, text in (("utf16.csv", "sku,name_vi\r\n".encode("utf-16")), ("quotes.csv", 'sku,name_vi\r\nA,"B\r\n'),
                       ("column.csv", "sku,colour\r\nA,red\r\n"), ("twice.csv", PRODUCTS + rows(1) + rows(1)),
                       ("empty.csv", "")):
        report = gomnet.json("import", "products", gomnet.file(name, text), member="files", code=REFUSED)
        assert report["faults"], name
        assert report["commands"] == 0, name
    assert gomnet.json("product", "list", "--seller", "files")["products"] == []


def what_is_exported_and_imported_unchanged_changes_nothing(gomnet):
    products = PRODUCTS.replace("body", "description_vi,description_en,body") + (
        '"-1","\'=1+1","bowl","@dòng 1\nthứ ""hai"", ba","+x",stoneware,C62,450\r\n'
        'Q,Đĩa,bowl,,,,SET,800\r\n').replace("SET,800", "C62,800")
    gomnet("import", "products", gomnet.file("odd.csv", products), member="round")
    gomnet("import", "lots", gomnet.file("odd-lots.csv", LOTS + "-1;5;EUR;1;12,50;1;1;VN-BAT-TRANG;EXW;SECOND\r\n"
                                         "Q;0;VND;10;1.200.000;10;10;VN-BAT-TRANG;FCA;A\r\n"), member="round")
    for kind in ("products", "lots"):
        path = gomnet.folder / f"round-{kind}.csv"
        gomnet("export", kind, path, member="round")
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
        report = gomnet.json("import", kind, path, member="round")
        assert (report["unchanged"], report["commands"]) == (2, 0), report
    text = (gomnet.folder / "round-products.csv").read_text("utf-8-sig")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")], text
    assert "12.50" in (gomnet.folder / "round-lots.csv").read_text("utf-8-sig")


def the_tour_succeeds_as_often_as_it_is_taken(gomnet):
    for language in ("en", "vi"):
        text = gomnet("tour", language=language)
        for word in ("PublishLot" if language == "en" else "Restock", "FindMatches", "Place", "Accept", "Complete"):
            assert word in text, word
    lines = [json.loads(line) for line in gomnet("tour", "--json").splitlines()]
    events = {next(iter(line["event"])) for line in lines if "event" in line}
    assert {"restocked", "submitted", "placed", "reserved", "consumed", "completed", "closed"} <= events, events


def watch_goes_on_behind_a_position(gomnet):
    lot = gomnet.lot("watch")
    first = [json.loads(line) for line in gomnet("watch", "catalog", "--from-start", "--until-head", "--positions", "--json").splitlines()]
    position = [line["position"] for line in first if "position" in line][-1]
    gomnet("lot", "restock", lot, "3", member="watch")
    lines = [json.loads(line) for line in gomnet("watch", "catalog", "--after", position, "--until-head", "--json").splitlines()]
    assert [line["event"]["restocked"]["delta"] for line in lines] == [3], lines


def status_shows_every_service(gomnet):
    status = gomnet.json("status")
    assert set(status) == {"catalog", "matching", "order"}
    assert status["catalog"]["durable_seq"] == status["catalog"]["head"]["seq"] > 0
    assert status["matching"]["follows"][0]["service"] == "catalog"
    assert "catalog" in gomnet("status")


def verify_waits_for_a_stop_and_finds_damage(gomnet, network):
    gomnet("verify", "journal", "catalog", code=LATER)
    assert "stop it" in gomnet.error
    network.stop()
    assert all(verdict["sound"] for verdict in gomnet.json("verify", "journal"))
    assert [verdict["service"] for verdict in gomnet.json("verify", "journal", "order")] == ["order"]
    assert not list(gomnet.data.glob("*/verify-*"))
    before, gomnet.data = gomnet.data, gomnet.folder / "elsewhere"
    gomnet("verify", "journal", code=USAGE)
    assert not gomnet.data.exists()
    gomnet.data = before
    # One letter of a product's name, in every place where the journal holds it.
    path = gomnet.data / "catalog/journal/data.mdb"
    content = path.read_bytes()
    assert content.count(b"TOUR-BAT-MEN-TRO") > 0
    path.write_bytes(content.replace(b"TOUR-BAT-MEN-TRO", b"TOUR-BAT-MEN-TRX"))
    verdict = gomnet.json("verify", "journal", "catalog", code=DAMAGED)[0]
    assert verdict["damaged"] and verdict["why"], verdict


TESTS = [usage_is_2_and_says_what_is_wrong, help_is_in_both_languages, a_final_refusal_is_1_with_reason_sentence_and_field,
         a_transient_refusal_is_3, who_cannot_be_reached_is_3, each_failing_line_of_an_order_is_named, a_dry_run_changes_nothing,
         money_and_days_are_those_of_the_language, a_revision_keeps_what_is_not_given, lists_are_walked_page_by_page,
         ten_thousand_rows_are_imported_and_unchanged_afterwards, a_file_imported_again_after_changes_by_hand_holds_again,
         one_bad_row_holds_back_the_file, files_that_cannot_be_read_send_nothing,
         what_is_exported_and_imported_unchanged_changes_nothing, the_tour_succeeds_as_often_as_it_is_taken,
         watch_goes_on_behind_a_position, status_shows_every_service]


def main():
    with Network(memory=True) as network:
        gomnet = Gomnet(network.folder)
        for test in TESTS:
            test(gomnet)
            print("ok", test.__name__, flush=True)
        verify_waits_for_a_stop_and_finds_damage(gomnet, network)
        print("ok", verify_waits_for_a_stop_and_finds_damage.__name__)


main()
