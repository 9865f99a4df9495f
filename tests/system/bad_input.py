#!/usr/bin/python3
"""What a careless or hostile peer sends: each gets its status, reason and field, and the service goes on."""
import random
import signal
import socket
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

import zmq
from zmq.utils.monitor import recv_monitor_message

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from gomnet import CODES, METHODS, Client, Refused, catalog_pb2, new_id, order_pb2, wait_until, wire_pb2  # noqa: E402
from network import Network  # noqa: E402

ANSWER_MS = 10_000
MIB = 1 << 20
INT64_MAX = (1 << 63) - 1
IN_FLIGHT = 256
MARK = "MARKMARK"  # in a text, to be overwritten where it is encoded


class Raw:
    """A DEALER that sends whatever frames."""

    def __init__(self, network, service="catalog", routing_id=None):
        self.context = network.context
        self.endpoint = (network.folder / service / "endpoint").read_text().strip()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndhwm = self.socket.rcvhwm = 0
        if routing_id is not None:
            self.socket.setsockopt(zmq.ROUTING_ID, routing_id)
        self.socket.connect(self.endpoint)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *frames):
        self.socket.send_multipart(frames)

    def receive(self, wait_ms=ANSWER_MS):
        """(header, status, Refusal or body); None: nothing came."""
        if not self.socket.poll(wait_ms):
            return None
        frames = self.socket.recv_multipart()
        assert len(frames) == 2
        header = wire_pb2.ReplyHeader.FromString(frames[0])
        status = CODES[header.status]
        return header, status, wire_pb2.Refusal.FromString(frames[1]) if header.status != 0 else frames[1]


def header_of(name, **fields):
    method = METHODS[name]
    header = wire_pb2.RequestHeader(protocol=1, method=method.number, request_id=7, member=new_id(),
                                    timeout_ms=30_000)
    if method.is_command:
        header.command_id = new_id()
    for field, value in fields.items():
        setattr(header, field, value)
    return header


def product(**terms):
    whole = dict(names=[dict(language="vi", text="Bát")], category="bowl", base_unit="C62", mass_g=450)
    whole.update(terms)
    return catalog_pb2.PublishProductRequest(sku="BAD", terms=whole)


def lot_terms(**terms):
    whole = dict(currency="VND", tiers=[dict(from_quantity=1, unit_price_minor=1)], min_order=1, order_multiple=1,
                 ship_from="VN-BAT-TRANG", incoterm="EXW", grade="A")
    whole.update(terms)
    return whole


class Case(unittest.TestCase):
    """One network for all; after each test every service still answers as the process that it was."""

    @classmethod
    def setUpClass(cls):
        cls.network = cls.enterClassContext(Network(memory=True))
        cls.client = cls.enterClassContext(Client(cls.network.folder))
        cls.product = cls.client.call("PublishProduct", dict(sku="GOOD", terms=dict(
            names=[dict(language="vi", text="Bát")], category="bowl", base_unit="C62", mass_g=450))).product_id
        cls.lot = cls.client.call("PublishLot", dict(product_id=cls.product, on_hand=100,
                                                     terms=lot_terms())).lot_id
        cls.network.wait_connected()
        cls.epochs = {name: cls.client.status(name).epoch for name in cls.network.services}

    @classmethod
    def tearDownClass(cls):
        cls.network.stop()

    def tearDown(self):
        for name, epoch in self.epochs.items():
            self.assertEqual(self.client.status(name).epoch, epoch, f"{name} has not been started again")
        view = self.client.call("GetLot", dict(lot_id=self.lot))
        self.assertEqual((view.on_hand, view.reserved), (100, 0), "nothing has changed")

    def assertRefused(self, answer, status, reason, field="", request_id=7):
        self.assertIsNotNone(answer, "it is answered")
        header, got, refusal = answer
        self.assertIsInstance(refusal, wire_pb2.Refusal, "it is refused")
        self.assertEqual((got, refusal.reason, refusal.field), (status, reason, field))
        self.assertEqual(header.request_id, request_id)
        self.assertFalse(header.recorded)
        self.assertTrue(refusal.sentence)

    def invalid(self, frames, reason, field="", **options):
        with Raw(self.network, options.pop("service", "catalog")) as raw:
            raw.send(*frames)
            self.assertRefused(raw.receive(), options.pop("status", "INVALID_ARGUMENT"), reason, field, **options)


class Frames(Case):
    def test_a_message_of_another_number_of_frames_is_refused(self):
        header = header_of("Status").SerializeToString()
        for frames in ([header], [header, b"", b""], [header, b"", b"", b""], [header] + [b""] * 1000):
            with self.subTest(frames=len(frames)):
                self.invalid(frames, "BAD_FRAME")

    def test_a_message_of_empty_frames_is_refused(self):
        for count in (1, 2, 3):
            with self.subTest(frames=count):
                self.invalid([b""] * count, "BAD_FRAME", request_id=0)

    def test_a_truncated_header_is_refused(self):
        whole = header_of("GetLot").SerializeToString()
        body = catalog_pb2.GetLotRequest(lot_id=self.lot).SerializeToString()
        with Raw(self.network) as raw:
            for size in range(1, len(whole)):
                with self.subTest(size=size):
                    raw.send(whole[:size], body)
                    _, status, answer = raw.receive()
                    if status != "OK":  # where a field ends, what is left may be enough
                        self.assertIn(answer.reason, ("BAD_FRAME", "METHOD_UNKNOWN", "PROTOCOL_VERSION"))

    def test_a_truncated_body_is_refused(self):
        whole = product().SerializeToString()
        with Raw(self.network) as raw:
            for size in range(len(whole)):
                with self.subTest(size=size):
                    raw.send(header_of("PublishProduct").SerializeToString(), whole[:size])
                    _, status, refusal = raw.receive()
                    self.assertEqual(status, "INVALID_ARGUMENT")
                    self.assertIn(refusal.reason, ("BAD_FRAME", "FIELD_MISSING", "OUT_OF_RANGE"))

    def test_a_header_that_is_too_long_or_without_a_request_id_is_refused(self):
        header = header_of("Status")
        with_surplus = header.SerializeToString() + bytes([0xfa, 0x06]) + bytes([0xf0, 0x03]) + b"x" * 496
        self.assertGreater(len(with_surplus), 512)
        with Raw(self.network) as raw:
            raw.send(with_surplus, b"")
            _, status, refusal = raw.receive()
            self.assertEqual((status, refusal.reason), ("INVALID_ARGUMENT", "BAD_FRAME"))
        header.request_id = 0
        self.invalid([header.SerializeToString(), b""], "BAD_FRAME", request_id=0)

    def test_another_protocol_version_is_refused(self):
        for protocol in (0, 2, (1 << 32) - 1):
            with self.subTest(protocol=protocol):
                self.invalid([header_of("Status", protocol=protocol).SerializeToString(), b""], "PROTOCOL_VERSION")

    def test_random_bytes_are_refused(self):
        rng = random.Random(1)
        with Raw(self.network) as raw:
            for number in range(2000):
                frames = [rng.randbytes(rng.randrange(120)) for _ in range(2)]
                if number % 2:
                    frames[0] = header_of("PublishProduct").SerializeToString()
                raw.send(*frames)
                _, status, refusal = raw.receive()
                self.assertIn(status, ("INVALID_ARGUMENT", "UNIMPLEMENTED"), frames)
                self.assertTrue(refusal.reason)

    def test_a_method_that_is_not_here_is_unknown(self):
        header = header_of("Status")
        for number in (0, 5, 99, 999, METHODS["Place"].number, METHODS["FindMatches"].number, 1 << 16, (1 << 32) - 1):
            with self.subTest(number=number):
                header.method = number
                self.invalid([header.SerializeToString(), b""], "METHOD_UNKNOWN", status="UNIMPLEMENTED")

    def test_ids_in_the_header_have_their_form(self):
        body = catalog_pb2.RestockRequest(lot_id=self.lot, quantity=1, reason="PRODUCED").SerializeToString()
        for fields, reason, field in (
                (dict(command_id=new_id()[:15]), "BAD_ID", ""),
                (dict(command_id=new_id() + b"x"), "BAD_ID", ""),
                (dict(command_id=bytes(6) + b"\x40" + bytes(1) + b"\x80" + bytes(7)), "BAD_ID", "command_id"),
                (dict(command_id=b""), "FIELD_MISSING", "command_id"),
                (dict(command_id=new_id(int(time.time() * 1000) + 2 * 3600_000)), "COMMAND_ID_EXPIRED", ""),
                (dict(member=new_id()[:15]), "BAD_ID", ""),
                (dict(member=b""), "FIELD_MISSING", "member"),
                (dict(timeout_ms=60_001), "OUT_OF_RANGE", "timeout_ms")):
            with self.subTest(fields=fields):
                self.invalid([header_of("Restock", **fields).SerializeToString(), body], reason, field)

    def test_positions_have_their_form_and_their_history(self):
        head = self.client.status("catalog").head
        for positions, status, reason in (
                ([(1, 1)] * 5, "INVALID_ARGUMENT", "TOO_MANY"),
                ([(head.journal_id ^ 1, 1)], "FAILED_PRECONDITION", "POSITION_UNKNOWN"),
                ([(head.journal_id, head.seq + 1000)], "FAILED_PRECONDITION", "POSITION_UNKNOWN")):
            header = header_of("GetLot")
            header.positions.extend(wire_pb2.Position(journal_id=journal, seq=seq) for journal, seq in positions)
            with self.subTest(positions=positions):
                self.invalid([header.SerializeToString(),
                              catalog_pb2.GetLotRequest(lot_id=self.lot).SerializeToString()], reason, status=status)


class Fields(Case):
    def publish(self, message, reason, field, header=None, **options):
        body = message if isinstance(message, bytes) else message.SerializeToString()
        name = options.pop("name", "PublishProduct")
        self.invalid([(header or header_of(name)).SerializeToString(), body], reason, field, **options)

    def test_a_text_with_a_nul_is_refused(self):
        for text in ("Bát\0", "\0", "B\0át"):
            with self.subTest(text=text):
                self.publish(product(names=[dict(language="vi", text=text)]), "BAD_TEXT", "terms.names[0].text")

    def test_a_text_with_control_characters_is_refused(self):
        for text in ("Bát\n", "\x1bBát", "Bát\x7f", "Bát\u0085nung"):
            with self.subTest(text=text):
                name = dict(language="vi", text="x" + text + "x")
                self.publish(product(names=[name]), "BAD_TEXT", "terms.names[0].text")

    def test_broken_utf_8_is_refused(self):
        whole = product(names=[dict(language="vi", text=MARK)]).SerializeToString()
        for broken in (b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe1\xba", b"\x80"):
            with self.subTest(bytes=broken):
                text = broken.ljust(len(MARK), b"x") if broken not in (b"\xc3", b"\xe1\xba") else \
                    broken.rjust(len(MARK), b"x")
                self.publish(whole.replace(MARK.encode(), text), "BAD_TEXT", "terms.names[0].text")

    def test_fields_over_their_limit_are_refused(self):
        name = dict(language="vi", text="Bát")
        for message, reason, field in (
                (product(names=[dict(language="vi", text="đ" * 101)]), "FIELD_TOO_LONG", "terms.names[0].text"),
                (product(category="b" * 41), "FIELD_TOO_LONG", "terms.category"),
                (product(names=[name] * 9), "TOO_MANY", "terms.names"),
                (product(names=[]), "FIELD_MISSING", "terms.names"),
                (product(assumed=["mass_g"] * 17), "TOO_MANY", "terms.assumed"),
                (product(mass_g=500_001), "OUT_OF_RANGE", "terms.mass_g"),
                (product(set_pieces=10_001), "OUT_OF_RANGE", "terms.set_pieces"),
                (product(base_unit=99), "BAD_ENUM", "terms.base_unit"),
                (product(base_unit=0), "FIELD_MISSING", "terms.base_unit"),
                (catalog_pb2.PublishProductRequest(sku="Bát", terms=product().terms), "BAD_TEXT", "sku")):
            with self.subTest(reason=reason, field=field):
                self.publish(message, reason, field)

    def test_quantities_out_of_range_are_refused(self):
        for quantity in (0, -1, 1_000_000_001, INT64_MAX, -INT64_MAX - 1):
            with self.subTest(quantity=quantity):
                self.publish(catalog_pb2.RestockRequest(lot_id=self.lot, quantity=quantity, reason="PRODUCED"),
                             "OUT_OF_RANGE", "quantity", name="Restock")

    def test_amounts_out_of_range_are_refused(self):
        for price in (-1, 10**12 + 1, INT64_MAX):
            with self.subTest(price=price):
                terms = lot_terms(tiers=[dict(from_quantity=1, unit_price_minor=price)])
                self.publish(catalog_pb2.PublishLotRequest(product_id=self.product, lot_code="X", terms=terms),
                             "OUT_OF_RANGE", "terms.tiers[0].unit_price_minor", name="PublishLot")

    def test_stock_and_amounts_that_overflow_are_refused(self):
        with self.assertRaises(Refused) as stock:
            self.client.call("Restock", dict(lot_id=self.lot, quantity=10**9, reason="PRODUCED"))
        self.assertEqual((stock.exception.status, stock.exception.reason), ("FAILED_PRECONDITION", "STOCK_TOO_LARGE"))
        line = dict(lot_id=self.lot, quantity=10**9, unit_price_minor=10**12)
        with self.assertRaises(Refused) as amount:
            self.client.call("Place", dict(seller=self.client.member, currency="VND", ship_from="VN-BAT-TRANG",
                                           deliver_to="VN-DA-NANG", lines=[line] * 1000), member=new_id())
        self.assertEqual((amount.exception.reason, amount.exception.field), ("AMOUNT_TOO_LARGE", "lines[0]"))

    def test_ids_have_their_form(self):
        for lot in (self.lot[:15], self.lot + b"x", bytes(16)):
            with self.subTest(size=len(lot)):
                self.publish(catalog_pb2.RestockRequest(lot_id=lot, quantity=1, reason="PRODUCED"), "BAD_ID", "lot_id",
                             name="Restock")

    def test_a_page_token_of_nowhere_is_refused(self):
        self.publish(catalog_pb2.ListLotsRequest(page=dict(token=b"nowhere")), "PAGE_TOKEN", "page.token",
                     name="ListLots")

    def test_a_member_may_not_do_what_services_do(self):
        body = catalog_pb2.ReleaseRequest(order_id=new_id())
        self.publish(body, "ROLE_FORBIDS", "", name="Release", status="PERMISSION_DENIED")


class Load(Case):
    def test_a_timeout_that_is_used_up_is_said(self):
        # The catalog stands still, so the order cannot be settled in time.
        self.network["catalog"].process.send_signal(signal.SIGSTOP)
        try:
            place = order_pb2.PlaceRequest(
                seller=self.client.member, currency="VND", ship_from="VN-BAT-TRANG", deliver_to="VN-DA-NANG",
                lines=[dict(lot_id=self.lot, quantity=1_000, unit_price_minor=1)])
            header = header_of("Place", until_settled=True, timeout_ms=1)
            self.invalid([header.SerializeToString(), place.SerializeToString()], "TIMED_OUT",
                         status="DEADLINE_EXCEEDED", service="order")
        finally:
            self.network["catalog"].process.send_signal(signal.SIGCONT)
        copy = self.client.call("Place", body=place.SerializeToString(), member=header.member,
                                command_id=header.command_id, until_settled=True)
        self.assertEqual((copy.state, copy.refused[0].reason), (order_pb2.REJECTED, "TOO_FEW_AVAILABLE"))

    def test_a_flood_on_one_connection_is_answered_and_harms_no_other(self):
        ahead = self.client.status("catalog").head
        header = header_of("GetSourcingRequest", timeout_ms=3_000)
        header.positions.add(journal_id=ahead.journal_id, seq=ahead.seq + 1_000_000)
        body = METHODS["GetSourcingRequest"].request(request_id=new_id()).SerializeToString()
        with Raw(self.network, "matching") as raw:
            for number in range(1, 1001):
                header.request_id = number
                raw.send(header.SerializeToString(), body)
            answers = [raw.receive() for _ in range(1000 - IN_FLIGHT)]
            self.assertEqual(Counter((status, refusal.reason) for _, status, refusal in answers),
                             {("RESOURCE_EXHAUSTED", "IN_FLIGHT"): 1000 - IN_FLIGHT})
            self.client.status("matching")  # the others wait, this one does not
            answers += [raw.receive() for _ in range(IN_FLIGHT)]
            self.assertEqual(Counter((status, refusal.reason) for _, status, refusal in answers[-IN_FLIGHT:]),
                             {("UNAVAILABLE", "NOT_CAUGHT_UP"): IN_FLIGHT})
            self.assertEqual(sorted(header.request_id for header, _, _ in answers), list(range(1, 1001)))

    def test_a_connection_that_goes_with_its_requests_leaves_nothing(self):
        before = self.network["matching"].descriptors()
        ahead = self.client.status("catalog").head
        header = header_of("GetSourcingRequest", timeout_ms=1_000)
        header.positions.add(journal_id=ahead.journal_id, seq=ahead.seq + 1_000_000)
        body = METHODS["GetSourcingRequest"].request(request_id=new_id()).SerializeToString()
        for _ in range(20):
            with Raw(self.network, "matching") as raw:
                raw.send(header.SerializeToString(), body)
                raw.send(header_of("Status").SerializeToString(), b"")
                self.assertEqual(raw.receive()[1], "OK")
        wait_until("requests and descriptors are gone",
                   lambda: self.client.status("matching").queue == 0 and
                   self.network["matching"].descriptors() <= before, 20)


class Connections(Case):
    def test_a_routing_id_over_15_bytes_gets_no_answer_and_harms_nobody(self):
        frames = header_of("Status").SerializeToString(), b""
        with Raw(self.network, routing_id=b"x" * 16) as longer, Raw(self.network, routing_id=b"x" * 15) as fits:
            longer.send(*frames)
            fits.send(*frames)
            self.assertEqual(fits.receive()[1], "OK")
            longer.send(*frames)
            self.client.status("catalog")
            self.assertIsNone(longer.receive(wait_ms=0))

    def test_a_message_over_1_mib_ends_the_connection(self):
        for frames in ([header_of("PublishProduct").SerializeToString(), b"x" * (2 * MIB)],
                       [b"x" * (2 * MIB), b""], [b"x" * (MIB + 1)]):
            with self.subTest(frames=len(frames)), Raw(self.network) as raw:
                monitor = raw.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
                raw.send(*frames)
                self.assertTrue(monitor.poll(ANSWER_MS), "the connection ends")
                self.assertEqual(recv_monitor_message(monitor)["event"], zmq.EVENT_DISCONNECTED)
                raw.socket.disable_monitor()
                monitor.close()

    def test_a_message_of_1_mib_is_answered(self):
        self.invalid([header_of("PublishProduct").SerializeToString(), b"\x0a" * MIB], "BAD_FRAME", "sku")

    def test_what_is_not_zeromq_harms_nobody(self):
        host, port = (self.network.folder / "catalog/endpoint").read_text().strip()[len("tcp://"):].split(":")
        rng = random.Random(2)
        silent = socket.create_connection((host, int(port)))
        for text in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", rng.randbytes(4096), b"\xff" + bytes(8) + b"\x7f",
                     b"\xff" + bytes(8) + b"\x7f\x03" + rng.randbytes(60)):
            with socket.create_connection((host, int(port))) as peer:
                peer.sendall(text)
                self.client.status("catalog")
        silent.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
