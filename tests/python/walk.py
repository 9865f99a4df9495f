#!/usr/bin/python3
"""The main job from another language: a workshop publishes a product and stock, a distributor sources it and
orders it, the goods go their way. Every answer is checked; the last line is a JSON object."""
import json
import time
import unicodedata

from gomnet import REASONS, SERVICES, Client, Refused, catalog_pb2, matching_pb2, order_pb2, wait_until
from network import Network

NAME_VI = "Bát men ngọc Bát Tràng"
NAME_EN = "Celadon bowl"
ON_HAND = 500
QUANTITY = 48


def publish(client):
    """The product's and the lot's ids, and where the catalog stands then."""
    product = client.call("PublishProduct", dict(sku="bat-ngoc-16", terms=dict(
        names=[dict(language="vi", text="  " + unicodedata.normalize("NFD", NAME_VI) + " "), dict(language="en", text=NAME_EN)],
        descriptions=[dict(language="vi", text="Nung ở 1.260 độ.\nRửa được bằng máy.")],
        category="bowl", body="stoneware", glaze="celadon", base_unit="C62", mass_g=450)))
    lot = client.call("PublishLot", dict(product_id=product.product_id, on_hand=ON_HAND, terms=dict(
        currency="VND", tiers=[dict(from_quantity=12, unit_price_minor=90_000),
                               dict(from_quantity=48, unit_price_minor=85_000)],
        min_order=12, order_multiple=4, lead_time_days=2, ship_from="VN-BAT-TRANG", incoterm="EXW", grade="A",
        pack=dict(code="CT", units=4, gross_g=2_000),
        firing=dict(sources=[dict(energy="LPG", quantity=150_000)], output_g=600_000))))
    position = client.last.position
    view = client.call("GetProduct", dict(product_id=product.product_id))
    assert view.product.sku == "BAT-NGOC-16", "SKUs are upper-case"
    assert [name.text for name in view.product.terms.names] == [NAME_VI, NAME_EN], "names are NFC and trimmed"
    assert view.state == catalog_pb2.LISTED and view.revision == product.revision == 1
    return product.product_id, lot.lot_id, position


def figures(client, lot):
    view = client.call("GetLot", dict(lot_id=lot))
    return view.on_hand, view.reserved


def source(client, lot, workshop, position):
    """The match that it finds, read from a state that includes the publish."""
    request = dict(deliver_to="VN-HO-CHI-MINH-CITY", currency="VND", lines=[
        dict(category="tableware", quantity=QUANTITY, base_unit="C62", price_cap_minor=100_000)])
    found = client.call("FindMatches", dict(request=request), after=[position])
    assert client.last.header.seq > 0
    [line] = found.lines
    [match] = line.matches
    assert (match.lot_id, match.seller, match.quantity) == (lot, workshop, QUANTITY)
    assert match.unit_price_minor == match.unit_landed_minor == 85_000, "the tier reached prices all units"
    assert [name.text for name in match.names] == [NAME_VI, NAME_EN]
    assert sum(share.ppm for share in match.shares) == match.score <= 1_000_000
    assert match.km > 1_000 and match.co2e_g == match.co2e_production_g + match.co2e_transport_g == 463
    stored = client.call("SubmitSourcingRequest", request)
    view = client.call("GetSourcingRequest", dict(request_id=stored.request_id))
    assert view.state == matching_pb2.OPEN and view.request.lines[0].quantity == QUANTITY
    again = client.call("FindMatches", dict(request_id=stored.request_id), after=[position, client.last.position])
    assert [m.lot_id for m in again.lines[0].matches] == [lot]
    return match


def order(buyer, seller, lot, match):
    place = dict(seller=seller.member, currency="VND", ship_from=match.ship_from, deliver_to="VN-HO-CHI-MINH-CITY",
                 lines=[dict(lot_id=lot, quantity=QUANTITY, unit_price_minor=match.unit_price_minor)],
                 buyer_reference="ĐH-2024/07")
    dry = buyer.call("Place", place, dry_run=True)
    assert dry.total.minor == QUANTITY * 85_000 and not buyer.last.header.recorded
    placed = buyer.call("Place", place, until_settled=True)
    assert buyer.last.header.recorded
    assert (placed.state, placed.total.minor, placed.total.currency) == (order_pb2.RESERVED, QUANTITY * 85_000, "VND")
    assert figures(seller, lot) == (ON_HAND, QUANTITY)

    named = dict(order_id=placed.order_id)
    assert seller.call("Accept", dict(named, revision=placed.revision)).state == order_pb2.ACCEPTED
    sent = seller.call("Despatch", named)
    assert sent.state == order_pb2.DESPATCHED

    wait_until("despatched goods leave the stock", lambda: figures(seller, lot) == (ON_HAND - QUANTITY, 0), 10)
    assert buyer.call("Receive", named).state == order_pb2.RECEIVED
    assert buyer.call("Complete", named).state == order_pb2.COMPLETED

    view = buyer.call("GetOrder", named)
    steps = [(step.action, step.state) for step in view.steps]
    expected = [("Place", order_pb2.PLACED), ("Reserve", order_pb2.RESERVED), ("Accept", order_pb2.ACCEPTED),
                ("Despatch", order_pb2.DESPATCHED), ("Consume", None), ("Receive", order_pb2.RECEIVED),
                ("Complete", order_pb2.COMPLETED)]
    assert sorted(action for action, _ in steps) == sorted(action for action, _ in expected), steps
    assert [step for step in steps if step[0] != "Consume"] == [step for step in expected if step[1] is not None]
    assert view.order.buyer_reference == "ĐH-2024/07"
    [row] = buyer.call("ListOrders", dict(side="BUYER"), after=[buyer.last.position]).orders
    assert (row.order_id, row.state, row.revision) == (placed.order_id, order_pb2.COMPLETED, len(steps))
    return placed.order_id


def refusal(client, *arguments, **options):
    try:
        client.call(*arguments, **options)
    except Refused as refused:
        return refused
    raise AssertionError(f"{arguments[0]} should have been refused")


def refused_in_both_languages(buyer, seller, lot, order_id):
    asked = dict(seller=seller.member, currency="VND", ship_from="VN-BAT-TRANG", deliver_to="VN-DA-NANG",
                 lines=[dict(lot_id=lot, quantity=4_000, unit_price_minor=85_000),
                        dict(lot_id=lot, quantity=48, unit_price_minor=1)])
    rejected = buyer.call("Place", asked, until_settled=True)
    assert rejected.state == order_pb2.REJECTED
    assert [(line.line, line.reason) for line in rejected.refused] == [(0, "TOO_FEW_AVAILABLE"), (1, "PRICE_CHANGED")]
    assert rejected.refused[0].available == ON_HAND - QUANTITY and rejected.refused[1].unit_price_minor == 85_000
    for language in ("en", "vi"):
        late = refusal(seller, "Accept", dict(order_id=order_id), language=language)
        assert (late.status, late.reason) == ("FAILED_PRECONDITION", "STATE_FORBIDS") and late.recorded
        assert late.sentence == REASONS["STATE_FORBIDS"].sentences[language]
        long = refusal(buyer, "Place", dict(asked, buyer_reference="đ" * 21), language=language)
        assert (long.reason, long.field) == ("FIELD_TOO_LONG", "buyer_reference") and not long.recorded
        assert long.sentence == REASONS["FIELD_TOO_LONG"].sentences[language]


def repeated(client, lot):
    """The same command id is the same command."""
    call = client.submit("Restock", dict(lot_id=lot, quantity=7, reason="PRODUCED"))
    client.run(lambda: call.done)
    before = figures(client, lot)
    copy = client.submit("Restock", body=call.body, command_id=call.request.command_id)
    client.run(lambda: copy.done)
    assert (copy.answer, copy.position, copy.header.recorded) == (call.answer, call.position, True)
    assert figures(client, lot) == before
    reused = refusal(client, "Restock", dict(lot_id=lot, quantity=8, reason="PRODUCED"),
                     command_id=call.request.command_id)
    assert reused.reason == "COMMAND_ID_REUSED"


def follow(client, service, head):
    """All events up to the head, by a stream with little credit."""
    subscription = client.subscribe(service, credit=65_536)
    client.run(lambda: subscription.after is not None and subscription.after[1] >= head)
    return [event.WhichOneof("event") for _, events in subscription.entries for event in events]


def main():
    begun = time.monotonic()
    with Network(memory=True) as network:
        with Client(network.folder) as seller, Client(network.folder) as buyer, \
             Client(network.folder) as stranger:
            product, lot, position = publish(seller)
            match = source(buyer, lot, seller.member, position)
            order_id = order(buyer, seller, lot, match)
            refused_in_both_languages(buyer, seller, lot, order_id)
            assert refusal(stranger, "GetOrder", dict(order_id=order_id)).reason == "ORDER_UNKNOWN"
            repeated(seller, lot)
            events = follow(seller, "catalog", seller.status("catalog").durable_seq)
            assert events == ["product_published", "lot_published", "reserved", "consumed", "restocked"], events
            assert follow(stranger, "catalog", seller.status("catalog").durable_seq) == [
                "product_published", "lot_published", "restocked"], "others' reservations are not shown"
            entries = {name: seller.status(name).durable_seq for name in SERVICES}
        network.stop()
    print(json.dumps(dict(failed=0, entries=entries, seconds=round(time.monotonic() - begun, 2))))


if __name__ == "__main__":
    main()
