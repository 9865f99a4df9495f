#!/usr/bin/python3
"""64 distributors order the last piece at the same moment: one gets it, 63 are told why not."""
import sys
import unittest
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from gomnet import Client, order_pb2  # noqa: E402
from network import Network  # noqa: E402

BUYERS = 64
PRICE = 850_000


class OnePiece(unittest.TestCase):
    def test_one_of_64_orders_of_the_last_piece_is_reserved_and_63_are_told_why_not(self):
        with ExitStack() as stack:
            network = stack.enter_context(Network(memory=True))
            seller = stack.enter_context(Client(network.folder))
            product = seller.call("PublishProduct", dict(sku="BINH", terms=dict(
                names=[dict(language="vi", text="Bình gốm")], category="vase", base_unit="C62", mass_g=2_000)))
            lot = seller.call("PublishLot", dict(product_id=product.product_id, on_hand=1, terms=dict(
                currency="VND", tiers=[dict(from_quantity=1, unit_price_minor=PRICE)], min_order=1, order_multiple=1,
                ship_from="VN-BAT-TRANG", incoterm="EXW", grade="A"))).lot_id
            fields = dict(seller=seller.member, currency="VND", ship_from="VN-BAT-TRANG", deliver_to="VN-DA-NANG",
                          lines=[dict(lot_id=lot, quantity=1, unit_price_minor=PRICE)])

            buyers = [stack.enter_context(Client(network.folder)) for _ in range(BUYERS)]
            for buyer in buyers:  # all are connected before the first one asks
                buyer.status("order")
            calls = [buyer.submit("Place", fields, until_settled=True) for buyer in buyers]
            while not all(call.done for call in calls):
                for buyer in buyers:
                    buyer.turn(0)

            replies = [call.result() for call in calls]
            self.assertEqual(Counter(reply.state for reply in replies),
                             {order_pb2.RESERVED: 1, order_pb2.REJECTED: BUYERS - 1})
            for buyer, reply in zip(buyers, replies):
                view = buyer.call("GetOrder", dict(order_id=reply.order_id))
                self.assertEqual(view.state, reply.state)
                told = [(line.line, line.reason, line.available) for line in view.refused]
                self.assertEqual(told, [] if reply.state == order_pb2.RESERVED else [(0, "TOO_FEW_AVAILABLE", 0)])
                self.assertEqual(view.refused, reply.refused)
            stock = seller.call("GetLot", dict(lot_id=lot))
            self.assertEqual((stock.on_hand, stock.reserved), (1, 1))
            held = seller.call("ListReservations", dict(lot_id=lot), after=[seller.last.position]).reservations
            winner = next(reply.order_id for reply in replies if reply.state == order_pb2.RESERVED)
            self.assertEqual([(row.order_id, row.quantity) for row in held], [(winner, 1)])
            network.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
