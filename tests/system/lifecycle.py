#!/usr/bin/python3
"""How services start, refuse to start, stop and come back."""
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from gomnet import BUILD, Client, new_id, order_pb2, wait_until  # noqa: E402
from network import Network  # noqa: E402

EXIT_USAGE, EXIT_SETUP, EXIT_DAMAGED = 2, 3, 5
RESUME_S_MAX = 10.0  # on a loaded machine; 1 s is meant


def stock(client, on_hand):
    product = client.call("PublishProduct", dict(sku="LO", terms=dict(
        names=[dict(language="vi", text="Lọ")], category="vase", base_unit="C62", mass_g=450)))
    return client.call("PublishLot", dict(product_id=product.product_id, on_hand=on_hand, terms=dict(
        currency="VND", tiers=[dict(from_quantity=1, unit_price_minor=1)], min_order=1, order_multiple=1,
        ship_from="VN-BAT-TRANG", incoterm="EXW", grade="A"))).lot_id


def order_of(seller, lot, quantity=1):
    return dict(seller=seller, currency="VND", ship_from="VN-BAT-TRANG", deliver_to="VN-DA-NANG",
                lines=[dict(lot_id=lot, quantity=quantity, unit_price_minor=1)])


def proof(folder, service):
    """Of one service that is stopped; others may run."""
    run = subprocess.run([BUILD / "tests/system/gm_system_verify", folder], capture_output=True, text=True, check=False)
    return next(line for line in map(json.loads, run.stdout.splitlines()) if line["service"] == service)


class Refusals(unittest.TestCase):
    def ends(self, service, code, sentence, *options):
        """A start that is given up: with which code, and which words for the operator."""
        process = service.spawn(*options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, code, output)
        self.assertIn(sentence, output)

    def test_a_second_start_of_a_folder_is_refused(self):
        with Network(("catalog",), memory=True) as network, Client(network.folder) as client:
            self.ends(network["catalog"], EXIT_SETUP, f"is in use by process {network['catalog'].process.pid}")
            self.assertEqual(client.status("catalog").epoch, 1)

    def test_a_port_in_use_is_said(self):
        with Network((), memory=True) as network, socket.create_server(("127.0.0.1", 0)) as taken:
            service = network.add("catalog")
            self.ends(service, EXIT_SETUP, "the port is in use", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")

    def test_a_service_listens_on_this_machine_only(self):
        with Network((), memory=True) as network:
            service = network.add("catalog")
            for address in ("0.0.0.0:0", "192.168.1.1:4000", "*:0"):
                with self.subTest(address=address):
                    self.ends(service, EXIT_USAGE, "listen", "--listen", address)
            self.assertFalse((network.folder / "catalog").exists(), "nothing was made")

    def test_options_that_are_none_are_refused(self):
        with Network((), memory=True) as network:
            service = network.add("order")
            for options, sentence in ((("--workers", "0"), "from 1 to 8"), (("--workers", "many"), "from 1 to 8"),
                                      (("--map", "1"), "--map takes a size"), (("--colour", "blue"), "--colour"),
                                      (("rest",), "rest")):
                with self.subTest(options=options):
                    self.ends(service, EXIT_USAGE, sentence, *options)

    def test_a_folder_that_cannot_be_made_is_said(self):
        with Network((), memory=True) as network, tempfile.NamedTemporaryFile() as file:
            self.ends(network.add("matching"), EXIT_SETUP, "cannot be made", "--data", file.name)

    def test_a_damaged_journal_is_not_served(self):
        with Network(("catalog",), memory=True) as network:
            with Client(network.folder) as client:
                stock(client, 1)
            network.stop()
            with open(network.folder / "catalog/journal/data.mdb", "r+b") as file:
                whole = file.read(1 << 20)
                at = whole.index("Lọ".encode())  # of the entry that published the product
                while at >= 0:
                    file.seek(at)
                    file.write(b"X")
                    at = whole.find("Lọ".encode(), at + 1)
            (network.folder / "catalog/tables/data.mdb").unlink()  # so that the journal is replayed
            self.ends(network["catalog"], EXIT_DAMAGED, "journal")


class Stops(unittest.TestCase):
    def test_a_stop_answers_who_waits_and_leaves_all_in_the_tables(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=sig.name), Network(memory=True) as network:
                with Client(network.folder) as seller, Client(network.folder) as buyer:
                    lot = stock(seller, 1000)
                    network["catalog"].process.send_signal(signal.SIGSTOP)
                    # These wait for the catalog.
                    fields = order_of(seller.member, lot)
                    calls = [buyer.submit("Place", fields, until_settled=True, timeout_ms=30_000, repeat=False)
                             for _ in range(10)]
                    wait_until("they are under way", lambda: buyer.status("order").queue == len(calls), 10)
                    self.assertEqual(network["order"].stop(sig), 0)
                    buyer.run(lambda: all(call.done for call in calls))
                    for call in calls:
                        refused = call.refusal()
                        self.assertEqual((refused.status, refused.reason, refused.recorded),
                                         ("UNAVAILABLE", "DRAINING", False))
                    report = proof(network.folder, "order")
                    self.assertEqual(report["applied"], report["last"], "the last checkpoint holds everything")
                    network["catalog"].process.send_signal(signal.SIGCONT)
                    network.start("order")
                    # Their commands were journalled: a repeat gets the answer that they waited for.
                    for call in calls:
                        reply = buyer.call("Place", fields, command_id=call.request.command_id, until_settled=True)
                        self.assertEqual(reply.state, order_pb2.RESERVED)
                    self.assertEqual(seller.call("GetLot", dict(lot_id=lot)).reserved, len(calls))
                network.stop()

    def test_what_was_answered_before_a_stop_is_there_after_it(self):
        with Network(("catalog",), memory=True) as network, Client(network.folder) as client:
            lot = stock(client, 0)
            calls = [client.submit("Restock", dict(lot_id=lot, quantity=1, reason="PRODUCED")) for _ in range(500)]
            client.run(lambda: sum(call.done for call in calls) >= 100)
            self.assertEqual(network["catalog"].stop(), 0)
            network.start("catalog")
            client.run(lambda: all(call.done for call in calls))
            self.assertTrue(all(call.header.recorded for call in calls))
            self.assertEqual(client.call("GetLot", dict(lot_id=lot)).on_hand, len(calls))
            network.stop()

    def test_a_stop_with_nothing_to_do_is_quick(self):
        with Network(memory=True) as network:
            begun = time.monotonic()
            network.stop()
            self.assertLess(time.monotonic() - begun, 5)


class Returns(unittest.TestCase):
    def test_effects_go_on_soon_after_the_peer_is_back(self):
        for sig in (signal.SIGKILL, signal.SIGTERM):
            for rest_s in (0, 3):  # long enough for back-off
                with self.subTest(signal=sig.name, rest_s=rest_s), Network(memory=True) as network, \
                        Client(network.folder) as seller:
                    lot = stock(seller, 10)
                    buyer = new_id()
                    network["catalog"].stop(sig)
                    placed = seller.call("Place", order_of(seller.member, lot), member=buyer)
                    self.assertEqual(placed.state, order_pb2.PLACED)
                    begun = time.monotonic()
                    wait_until("a while", lambda: time.monotonic() - begun >= rest_s, 60, every=0.1)
                    network.start("catalog")
                    begun = time.monotonic()
                    wait_until("the order is reserved", lambda: seller.call(
                        "GetOrder", dict(order_id=placed.order_id), member=buyer).state == order_pb2.RESERVED,
                        RESUME_S_MAX)
                    reserved_s = time.monotonic() - begun
                    source = seller.status("catalog")
                    wait_until("matching has followed", lambda: [
                        f for f in seller.status("matching").follows if f.service == "catalog" and
                        f.through.seq >= source.durable_seq], RESUME_S_MAX)
                    print(f"{sig.name}, {rest_s} s away: reserved after {reserved_s:.3f} s, "
                          f"followed after {time.monotonic() - begun:.3f} s")
                    network.stop()

    def test_restarts_leave_no_descriptors_behind(self):
        with Network(memory=True) as network, Client(network.folder) as client:
            client.status("order")
            network.wait_connected()
            before = network["order"].descriptors()
            for restarts in range(1, 11):
                network["catalog"].kill()
                network["matching"].kill()
                network.start("catalog", "matching")
                network.wait_connected(1 + restarts)
            wait_until("what belonged to the dead is closed", lambda: network["order"].descriptors() <= before, 30)
            network.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
