#!/usr/bin/python3
"""Real processes, killed at random moments under load, again and again: crash.py --rounds N [--seed S]

A round: pipelined clients place, cancel, accept, despatch, restock and adjust while services are killed with
SIGKILL and started again; every command is repeated under its id until its answer is recorded. Then all is left to
settle, and

- every acknowledged command, sent once more, gets the very answer and position that it got before;
- of each lot, on hand is what began + restocked - broken - despatched, reserved is what live orders hold, and
  0 <= reserved <= on hand;
- no order is still PLACED, no effect is open, matching has followed the catalog to its end, in one history;
- no answer, a query's neither, named a position that the journal did not have after the crash.

In every tenth round and the last the tables are held against the journals, as an orderly stop or a crash left them.
The last line is a JSON object; the exit code is 0 where nothing was lost, oversold, open or damaged."""
import argparse
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))
from gomnet import BUILD, CODES, SERVICES, Client, new_id, order_pb2, wait_until  # noqa: E402
from network import Network  # noqa: E402

CLIENTS = 3
SELLERS = 3
LOTS = 8  # of each seller
BEGIN = 300  # units of each lot
COMMANDS = 1500  # in a round
PRICE = 10_000
PLACE = "VN-BAT-TRANG"
CALL_S = 120.0  # until an answer, with all restarts and proofs in between
SETTLE_S = 30.0
OLD_REPEATS = 100  # of rounds before, in each round
PROOF_ROUNDS = 10

LIVE = (order_pb2.RESERVED, order_pb2.ACCEPTED)
SENT = (order_pb2.DESPATCHED, order_pb2.RECEIVED, order_pb2.COMPLETED)


class Lot:
    def __init__(self, lot_id, seller):
        self.lot_id = lot_id
        self.seller = seller
        self.restocked = 0
        self.broken = 0


class Order:
    def __init__(self, order_id, seller, buyer, lines):
        self.order_id = order_id
        self.seller = seller
        self.buyer = buyer
        self.lines = lines  # [(lot id, quantity)]
        self.state = order_pb2.PLACED  # as last read


class Market:
    """What the clients know: made from acknowledgements alone."""

    def __init__(self, rng):
        self.rng = rng
        self.sellers = [new_id() for _ in range(SELLERS)]
        self.buyers = [new_id() for _ in range(SELLERS)]
        self.lots = {}
        self.orders = {}
        self.touched = set()  # orders of this round
        self.recent = []  # the same, to choose from
        self.acks = []
        self.new_acks = []
        self.requests = []  # sourcing requests, (id, buyer)
        self.told = dict.fromkeys(SERVICES, 0)  # the furthest position that each service named

    def publish(self, client):
        for seller in self.sellers:
            product = client.call("PublishProduct", dict(sku="CRASH", terms=dict(
                names=[dict(language="vi", text="Lọ hoa")], category="vase", base_unit="C62", mass_g=900)),
                member=seller)
            for number in range(LOTS):
                lot = client.call("PublishLot", dict(
                    product_id=product.product_id, lot_code=f"L{number}", on_hand=BEGIN, terms=dict(
                        currency="VND", tiers=[dict(from_quantity=1, unit_price_minor=PRICE)], min_order=1,
                        order_multiple=1, ship_from=PLACE, incoterm="EXW", grade="A")), member=seller)
                self.lots[lot.lot_id] = Lot(lot.lot_id, seller)

    # ---- what is asked next: (method, fields, member, options, what an OK means) ----

    def place(self):
        seller = self.rng.choice(self.sellers)
        buyer = self.rng.choice(self.buyers)
        lots = self.rng.sample([lot for lot in self.lots.values() if lot.seller == seller], self.rng.randint(1, 3))
        lines = [(lot.lot_id, self.rng.randint(1, 9)) for lot in lots]

        def placed(reply):
            self.orders[reply.order_id] = Order(reply.order_id, seller, buyer, lines)
            self.touch(reply.order_id)
        fields = dict(seller=seller, currency="VND", ship_from=PLACE, deliver_to="VN-DA-NANG",
                      lines=[dict(lot_id=lot, quantity=quantity, unit_price_minor=PRICE) for lot, quantity in lines])
        return "Place", fields, buyer, dict(until_settled=self.rng.random() < 0.3), placed

    def restock(self):
        lot = self.rng.choice(list(self.lots.values()))
        quantity = self.rng.randint(1, 30)

        def restocked(_):
            lot.restocked += quantity
        return "Restock", dict(lot_id=lot.lot_id, quantity=quantity, reason="PRODUCED"), lot.seller, {}, restocked

    def broken(self):
        lot = self.rng.choice(list(self.lots.values()))
        quantity = self.rng.randint(1, 5)

        def broken(_):
            lot.broken += quantity
        return "Adjust", dict(lot_id=lot.lot_id, quantity=quantity, reason="BROKEN"), lot.seller, {}, broken

    def move(self, action, by):
        if not self.recent:
            return self.place()
        order = self.orders[self.rng.choice(self.recent)]
        self.touch(order.order_id)
        return action, dict(order_id=order.order_id), getattr(order, by), {}, lambda _: None

    def source(self):
        buyer = self.rng.choice(self.buyers)
        if self.requests and self.rng.random() < 0.5:
            request_id, buyer = self.requests.pop()
            return "CloseSourcingRequest", dict(request_id=request_id), buyer, {}, lambda _: None
        fields = dict(deliver_to="VN-DA-NANG", currency="VND",
                      lines=[dict(category="vase", quantity=self.rng.randint(1, 500), base_unit="C62")])
        return "SubmitSourcingRequest", fields, buyer, {}, lambda reply: self.requests.append((reply.request_id, buyer))

    def look(self):
        lot = self.rng.choice(list(self.lots.values()))
        return "GetLot", dict(lot_id=lot.lot_id), lot.seller, {}, lambda _: None

    def next(self):
        choices = ((40, self.place), (15, self.look), (12, self.restock), (3, self.broken), (4, self.source),
                   (12, lambda: self.move("Cancel", "buyer")), (14, lambda: self.move("Accept", "seller")),
                   (2, lambda: self.move("Reject", "seller")), (9, lambda: self.move("Despatch", "seller")),
                   (2, lambda: self.move("Receive", "buyer")), (2, lambda: self.move("Complete", "buyer")))
        return self.rng.choices([do for _, do in choices], [weight for weight, _ in choices])[0]()

    def touch(self, order_id):
        if order_id not in self.touched:
            self.touched.add(order_id)
            self.recent.append(order_id)

    def acknowledged(self, call, means):
        service = call.method.service
        self.told[service] = max(self.told[service], call.header.seq)
        if not call.method.is_command:
            return
        if not call.header.recorded:
            raise RuntimeError(f"{call.method.name} was answered and not recorded: {call.refusal()}")
        if call.header.status == 0:
            means(call.result())
        self.new_acks.append(call)


class Chaos:
    """Kills at a drawn number of acknowledgements, starts again after a drawn time."""

    def __init__(self, rng, network, market, proof):
        self.rng = rng
        self.network = network
        self.kill_at = rng.randrange(COMMANDS * 8 // 10)
        names = list(network.services)
        self.victims = names if proof else rng.sample(names, 2 if rng.random() < 0.25 else 1)
        self.proof = proof
        self.market = market
        self.due = []  # (time, action, name)
        self.told = {}  # position that each victim had named when it was killed last
        self.kills = 0

    def step(self, acked):
        now = time.monotonic()
        if self.kill_at is not None and acked >= self.kill_at:
            self.kill_at = None
            for name in self.victims:
                self.kill(name)
            if self.proof:
                self.proof()
            for name in self.victims:
                self.due.append((time.monotonic() + self.rng.choice((0, 0, 0.02, 0.3)), "start", name))
        for item in [item for item in self.due if item[0] <= now]:
            self.due.remove(item)
            if item[1] == "kill":
                self.kill(item[2])
                self.due.append((now, "start", item[2]))
                continue
            self.network[item[2]].start()
            if self.rng.random() < 0.2:  # once more, perhaps before it is ready
                self.due.append((now + self.rng.random() * 0.06, "kill", item[2]))
        for service in self.network.services.values():
            if service.process is not None and service.process.poll() is not None:
                raise RuntimeError(f"{service.name} ended with {service.process.returncode}:\n{service.tail()}")

    def kill(self, name):
        self.network[name].kill()
        self.told[name] = self.market.told[name]
        self.kills += 1

    @property
    def done(self):
        return self.kill_at is None and not self.due


class Trial:
    def __init__(self, network, seed):
        self.rng = random.Random(seed)
        self.network = network
        self.clients = [Client(network.folder) for _ in range(CLIENTS)]
        self.market = Market(self.rng)
        self.market.publish(self.clients[0])
        self.lost = self.oversold = self.open_sagas = self.damaged = self.kills = self.proofs = 0
        self.slowest_settle_s = self.slowest_start_s = 0.0

    def close(self):
        for client in self.clients:
            client.close()

    def say(self, what):
        print(what, file=sys.stderr, flush=True)

    # ---- a round ----

    def round(self, number, proof):
        crash = proof and self.rng.random() < 0.5
        chaos = Chaos(self.rng, self.network, self.market, self.prove if crash else None)
        self.market.touched, self.market.recent = set(), self.market.recent[-50:]
        self.load(chaos)
        self.kills += chaos.kills
        for name in chaos.victims:
            self.network[name].wait_ready(self.network.context)
            self.slowest_start_s = max(self.slowest_start_s, self.network[name].ready_s)
            self.compare_told(name, chaos.told[name])
        settle_s = self.settle()
        self.slowest_settle_s = max(self.slowest_settle_s, settle_s)
        lost = self.repeat()
        self.read_orders(self.market.orders.values() if proof else
                         [self.market.orders[order] for order in self.market.touched | self.live])
        oversold = self.count()
        if proof and not crash:
            self.network.stop()
            self.prove()
            self.network.start(*self.network.services)
        self.say(f"round {number}: {'+'.join(chaos.victims)} killed ({chaos.kills}), "
                 f"{len(self.market.new_acks)} acknowledged, settled in {settle_s:.2f} s, lost {lost}, "
                 f"oversold {oversold}{', proved' if proof else ''}")
        self.market.acks += self.market.new_acks
        self.market.new_acks = []

    def turn(self):
        for client in self.clients:
            client.turn(1)

    def load(self, chaos):
        depth = self.rng.choice((50, 200, 400))
        submitted = acked = 0
        flying = []
        while submitted < COMMANDS or flying or not chaos.done:
            while submitted < COMMANDS and len(flying) < depth:
                name, fields, member, options, means = self.market.next()
                client = self.clients[submitted % CLIENTS]
                flying.append((client.submit(name, fields, member=member, seconds=CALL_S, **options), means))
                submitted += 1
            self.turn()
            still = []
            for call, means in flying:
                if call.done:
                    self.market.acknowledged(call, means)
                    acked += 1
                else:
                    still.append((call, means))
            flying = still
            chaos.step(acked)

    def compare_told(self, name, told):
        """The last start found all that had been told before the crash, and has added its epoch."""
        ready = [json.loads(line) for line in self.network[name].log.read_text().splitlines()
                 if '"message":"ready"' in line][-1]
        if ready["entries"] <= told:
            self.lost += 1
            self.say(f"LOST {name} had named position {told}, and began again at {ready['entries']}")

    def settle(self):
        begun = time.monotonic()
        client = self.clients[0]

        def settled():
            source = client.status("catalog")
            [follow] = [f for f in client.status("matching").follows if f.service == "catalog"]
            if follow.generation > 1:
                raise RuntimeError("matching takes a crash of the catalog for a restore")
            return (client.status("order").effects_open == 0 and follow.through.seq >= source.durable_seq and
                    follow.through.journal_id == source.head.journal_id)
        try:
            wait_until("sagas end and matching catches up", settled, SETTLE_S)
        except TimeoutError:
            self.open_sagas += client.status("order").effects_open
            raise
        return time.monotonic() - begun

    # ---- what has to hold ----

    def all_of(self, submits):
        """The calls, done, a few hundred under way at once."""
        calls, flying = [], []
        for number, submit in enumerate(submits):
            call = submit(self.clients[number % CLIENTS])
            calls.append(call)
            flying.append(call)
            while len(flying) >= 400:
                self.turn()
                flying = [call for call in flying if not call.done]
        while not all(call.done for call in calls):
            self.turn()
        return calls

    def repeat(self):
        """Acknowledged commands that are not there any more, or are answered otherwise."""
        acks = self.market.new_acks + self.rng.sample(self.market.acks, min(OLD_REPEATS, len(self.market.acks)))

        def again(ack):
            return lambda client: client.submit(ack.method.name, body=ack.body, member=ack.request.member,
                                                command_id=ack.request.command_id, language="vi", seconds=CALL_S)
        lost = 0
        for ack, copy in zip(acks, self.all_of(again(ack) for ack in acks)):
            same = copy.header.recorded and copy.header.status == ack.header.status
            if same and ack.request.until_settled and ack.header.status == 0:
                # It was answered when the saga was over; the copy is answered as any other is.
                same = copy.result().order_id == ack.result().order_id and copy.position <= ack.position
            elif same:
                same = (copy.answer, copy.position) == (ack.answer, ack.position)
            if not same:
                lost += 1
                self.say(f"LOST {ack.method.name} {ack.request.command_id.hex()}: {CODES[ack.header.status]} at "
                         f"{ack.position}, now {CODES[copy.header.status]} at {copy.position} {copy.refusal() or ''}")
        self.lost += lost
        return lost

    @property
    def live(self):
        return {order.order_id for order in self.market.orders.values() if order.state in LIVE}

    def read_orders(self, orders):
        orders = list(orders)

        def get(order):
            return lambda client: client.submit("GetOrder", dict(order_id=order.order_id), member=order.seller,
                                                seconds=CALL_S)
        for order, call in zip(orders, self.all_of(get(order) for order in orders)):
            order.state = call.result().state
            if order.state == order_pb2.PLACED:
                self.open_sagas += 1
                self.say(f"OPEN order {order.order_id.hex()} is still PLACED")

    def count(self):
        """Lots whose stock is not what orders and restocks make of it."""
        reserved = dict.fromkeys(self.market.lots, 0)
        sent = dict.fromkeys(self.market.lots, 0)
        for order in self.market.orders.values():
            into = reserved if order.state in LIVE else sent if order.state in SENT else None
            if into is not None:
                for lot, quantity in order.lines:
                    into[lot] += quantity
        oversold = 0
        for lot in self.market.lots.values():
            view = self.clients[0].call("GetLot", dict(lot_id=lot.lot_id))
            expected = (BEGIN + lot.restocked - lot.broken - sent[lot.lot_id], reserved[lot.lot_id])
            if (view.on_hand, view.reserved) != expected or not 0 <= view.reserved <= view.on_hand:
                oversold += 1
                self.say(f"OVERSOLD lot {lot.lot_id.hex()}: on hand and reserved {view.on_hand, view.reserved}, "
                         f"orders and restocks make it {expected}")
        self.oversold += oversold
        return oversold

    def prove(self):
        """Nobody runs: are the tables a fold over the journals?"""
        self.proofs += 1
        proof = subprocess.run([BUILD / "tests/system/gm_system_verify", self.network.folder], capture_output=True,
                               text=True, check=False)
        if proof.returncode != 0:
            self.damaged += 1
            self.say(f"DAMAGED:\n{proof.stdout}{proof.stderr}")

    def summary(self, rounds):
        return dict(rounds=rounds, acked=len(self.market.acks), lost=self.lost, oversold=self.oversold,
                    open_sagas=self.open_sagas, damaged=self.damaged, kills=self.kills, proofs=self.proofs,
                    slowest_settle_s=round(self.slowest_settle_s, 3), slowest_start_s=round(self.slowest_start_s, 3),
                    descriptors_max=max(service.descriptors() for service in self.network.services.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", file=sys.stderr)
    with Network() as network:
        trial = Trial(network, seed)
        for number in range(1, arguments.rounds + 1):
            trial.round(number, number % PROOF_ROUNDS == 0 or number == arguments.rounds)
        summary = trial.summary(arguments.rounds)
        trial.close()
        failed = any(summary[what] for what in ("lost", "oversold", "open_sagas", "damaged"))
        if failed:
            raise SystemExit(json.dumps(summary))
        network.stop()
    print(json.dumps(summary))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
