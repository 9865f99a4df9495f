#!/usr/bin/python3
"""The real order stream through the three services as processes: the workshops import their files with `gomnet`,
gm_replay plays the stream, and what it reports is held against what this program computes from the files. Played a
second time nothing may happen. The last line is a JSON object.

With --percent below 100 the stock does not last: which orders get it depends on which come first, so then the parts
have to add up, and every order that is not completed has to say that too few were available."""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "python"), str(HERE.parent / "data")]
import retail  # noqa: E402
from gomnet import BUILD  # noqa: E402
from network import Network  # noqa: E402

NOTHING_WRONG = {"orders_unlike": 0, "totals_wrong": 0, "lots_wrong": 0}


def expected(percent):
    """What the files say, by sums alone."""
    prices = {product["sku"]: product["tiers"] for product in retail.products()}
    stock = dict.fromkeys(prices, 0)
    orders, invoices, lines, units, total = set(), set(), 0, 0, 0
    for sale in retail.sales():
        price = next(price for quantity, price in reversed(prices[sale["sku"]]) if quantity <= sale["quantity"])
        orders.add((sale["invoice"], sale["seller"]))
        invoices.add(sale["invoice"])
        lines += 1
        units += sale["quantity"]
        total += sale["quantity"] * price
        stock[sale["sku"]] += sale["quantity"]
    whole = {"lines": lines, "units": units, "invoices": len(invoices), "orders": len(orders)}
    all_there = {"completed": len(orders), "completed_units": units, "total_minor": total, "refused": {},
                 "remaining": 0}
    on_hand = sum(units * percent // 100 for units in stock.values())
    return whole | NOTHING_WRONG | (all_there if percent >= 100 else {}), on_hand


def import_files(folder, percent):
    """Each workshop's own files, as its clerk would import them. Seconds."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as files:
        subprocess.run([HERE.parent / "data/load.py", files, "--percent", str(percent)], check=True)
        for workshop, _ in retail.WORKSHOPS:
            for kind in ("products", "lots"):
                file = f"{files}/{workshop.partition(':')[2]}-{kind}.csv"
                gomnet = [BUILD / "services/cli/gomnet", "--data", folder, "--as", workshop]
                subprocess.run([*gomnet, "import", kind, file], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def play(folder, in_flight):
    """gm_replay's report. It ends with 1 where it found something wrong, which the report then names."""
    sales = subprocess.run([HERE.parent / "data/sales"], check=True, capture_output=True).stdout
    done = subprocess.run([BUILD / "tests/replay/gm_replay", "--data", folder, "--in-flight", str(in_flight)],
                          input=sales, stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"gm_replay ends with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def differences(report, wanted):
    return {key: [report[key], value] for key, value in wanted.items() if report[key] != value}


def wrong_parts(report, on_hand):
    """Where the stock did not last."""
    refused = sum(report["refused"].values())
    return {what: False for what, holds in {
        "completed and refused are all": report["completed"] + refused == report["orders"],
        "refused for want of stock": list(report["refused"]) == ["TOO_FEW_AVAILABLE"],
        "what is not sold remains": report["remaining"] == on_hand - report["completed_units"]}.items() if not holds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--in-flight", type=int, default=1024, help="orders under way at once")
    parser.add_argument("--percent", type=int, default=100, help="of the units sold that are in stock")
    arguments = parser.parse_args()
    wanted, on_hand = expected(arguments.percent)
    with Network() as network:
        import_s = import_files(network.folder, arguments.percent)
        report = play(network.folder, arguments.in_flight)
        again = play(network.folder, arguments.in_flight)
        network.stop()
    wrong = differences(report, wanted | {"found": 0, "placed": wanted["orders"], "requests": wanted["invoices"]})
    if arguments.percent < 100:
        wrong |= wrong_parts(report, on_hand)
    changed = {"found": wanted["orders"], "placed": 0, "requests": 0, "remaining": report["remaining"],
               "completed": report["completed"], "total_minor": report["total_minor"]} | NOTHING_WRONG
    wrong |= {f"again: {key}": value for key, value in differences(again, changed).items()}
    print(f"{report['invoices']:,} invoices of {report['lines']:,} lines became {report['orders']:,} orders: "
          f"{report['completed']:,} completed, {report['total_minor']:,} dong, in {report['seconds']} s, "
          f"{report['orders_per_s']:,} orders and {report['commands_per_s']:,} commands a second; "
          f"played again, {again['placed']} were placed")
    print(json.dumps(report | {"import_seconds": round(import_s, 2), "wrong": wrong}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
