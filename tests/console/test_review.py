"""Review: whom it asks next, one listing to one person, and what an answer and its withdrawal publish."""

import re

import orjson
import pytest

from stream.classify.classifier import classify
from stream.console.access import Access
from stream.console.app import make_app
from stream.console.people import Person
from stream.console.queue import LEASE_MILLISECONDS, Asking, Queue
from stream.console.store import Asks, Store
from stream.console.waiting import asks_of
from stream.contract.record import FileRecord
from stream.labels.follow import follow_listings
from stream.labels.queue import DAY, Waiting, ask_next
from tests.conftest import ROOT, value_with
from tests.console.serving import DOUBTFUL, feed, make_desk
from tests.console.visiting import Visitor

REVIEW = (ROOT / "tests/contract/examples/keran.decision-1/block.json").read_bytes()
MINUTE = 60_000


def asks(at: int, *, doubt: float = 0.5, cluster: str = "craft", market: str = "ID", seller: str = "S-1") -> Asks:
    scores = {cluster: 1 - doubt / 2, "other" if cluster != "other" else "craft": doubt / 2}
    return Asks(at, seller, market, cluster, doubt, orjson.dumps(scores), b"{}")


def queue_of(folder, waiting: dict[str, Asks]) -> tuple[Store, Queue]:
    store = Store(folder / "store.db", 1_000)
    store.write(waiting=waiting)
    return store, Queue(store.file)


def in_turn(queue: Queue, person: str, now: int, **where: str) -> list[str]:
    """Skip until nothing is left: the order in which one person is asked."""
    asking, asked = Asking(person, now, **where), []
    while (listing := queue.next(asking, {})) is not None:
        asked.append(listing)
        queue.skip(listing, asking)
    return asked


def test_the_order_is_that_of_the_queue_of_labels(tmp_path):
    """Doubt, age and turns of sellers, as `keran.labels.queue` puts them, whatever order they came in."""
    day = DAY // 1_000
    waiting = {f"L-{n}": asks((n % 7) * day, doubt=(n * 37 % 90) / 100, seller=f"S-{n % 3}") for n in range(60)}
    _, queue = queue_of(tmp_path, waiting)
    found = in_turn(queue, "ana", 8 * day)
    plain = [Waiting(name, row.seller, orjson.loads(row.scores), row.at * 1_000) for name, row in waiting.items()]
    # What was asked is gone from the row of sellers, so it is one step at a time.
    expected = []
    while plain:
        first = ask_next(plain, 8 * DAY)[0]
        expected.append(first.listing_id)
        plain.remove(first)
    assert found == expected


def test_cluster_and_market_filter_the_queue(tmp_path):
    waiting = {"a": asks(1), "b": asks(1, cluster="culinary"), "c": asks(1, market="MY")}
    _, queue = queue_of(tmp_path, waiting)
    assert in_turn(queue, "ana", 5, cluster="culinary") == ["b"]
    assert in_turn(queue, "ana", 5, market="MY") == ["c"]
    assert queue.counts(Asking("ana", 5)) == (3, 0, 2)
    assert queue.named("market") == ["ID", "MY"]


def test_a_listing_is_with_one_person_at_a_time(tmp_path):
    _, queue = queue_of(tmp_path, {name: asks(1, doubt=doubt) for name, doubt in (("a", 0.9), ("b", 0.5))})
    assert queue.next(Asking("ana", 10), {}) == "a"
    assert queue.next(Asking("budi", 11), {}) == "b"
    assert queue.next(Asking("citra", 12), {}) is None
    assert queue.next(Asking("ana", 13), {}) == "a"
    assert not queue.take("a", Asking("budi", 14))
    queue.let_go("ana")
    assert queue.next(Asking("citra", 15), {}) == "a"


def test_a_lease_ends_and_whoever_is_still_there_renews_it(tmp_path):
    _, queue = queue_of(tmp_path, {"a": asks(1)})
    assert queue.next(Asking("ana", 0), {}) == "a"
    assert queue.take("a", Asking("ana", LEASE_MILLISECONDS - 1))
    assert queue.next(Asking("budi", LEASE_MILLISECONDS + 1), {}) is None
    assert queue.next(Asking("budi", 2 * LEASE_MILLISECONDS), {}) == "a"
    assert not queue.take("a", Asking("ana", 2 * LEASE_MILLISECONDS + 1))


def test_what_was_skipped_is_asked_again_when_asked_for_or_when_it_is_decided_anew(tmp_path):
    store, queue = queue_of(tmp_path, {"a": asks(1)})
    assert in_turn(queue, "ana", 5) == ["a"]
    assert in_turn(queue, "budi", 5) == ["a"]
    queue.ask_again("ana")
    assert in_turn(queue, "ana", 6) == ["a"]
    store.write(waiting={"a": asks(9)})
    assert in_turn(queue, "budi", 10) == ["a"]


def test_age_counts_from_when_a_listing_began_to_wait(tmp_path):
    day = DAY // 1_000
    store, queue = queue_of(tmp_path, {"old": asks(0, doubt=0.3), "new": asks(9 * day, doubt=0.5)})
    store.write(waiting={"old": asks(9 * day, doubt=0.3)})
    assert in_turn(queue, "ana", 10 * day) == ["old", "new"]


def test_what_is_no_decision_is_passed_over_and_a_tombstone_ends_the_question():
    said = orjson.loads(REVIEW) | {"review": True}
    key = said["listing_id"].encode()
    record = FileRecord(orjson.dumps(said), key, timestamp=5)
    assert asks_of([record])[said["listing_id"]].at == 5
    assert asks_of([record, record._replace(value=None)]) == {said["listing_id"]: None}
    labelled = said | {"classification": said["classification"] | {"model": "label:LB-1"}}
    assert asks_of([record._replace(value=orjson.dumps(labelled))]) == {said["listing_id"]: None}
    for value in (b"", b"{", b"[]", b"\xff"):
        assert asks_of([record._replace(value=value)]) == {}
    assert asks_of([record._replace(key=b"L-foreign")]) == {}


@pytest.fixture
def desk(tmp_path):
    return make_desk(tmp_path)


class Reviewer:
    """A person with a browser that knows forms alone."""

    def __init__(self, desk, name: str, role: str = "review") -> None:
        self.access = Access({name: Person(name, role)}, "X-User", ())
        self.access._trusted = lambda address: True
        self._visitor, self._named = Visitor(make_app(desk, self.access), "127.0.0.1", "127.0.0.1"), {"X-User": name}
        self.page = ""

    def get(self, path: str = "/review") -> int:
        answer = self._visitor.get(path, headers=self._named)
        self.page = answer.text
        return answer.status_code

    def hidden(self, name: str) -> str:
        return re.search(f'name="{name}" value="([^"]*)"', self.page).group(1)

    @property
    def listing(self) -> str:
        return self.hidden("listing")

    def post(self, path: str, **form: str) -> int:
        filled = {name: self.hidden(name) for name in ("mark", "listing", "seen") if f'name="{name}"' in self.page}
        body = "&".join(f"{name}={value}" for name, value in (filled | form).items())
        answer = self._visitor.post(path, body, headers=self._named)
        if answer.status_code == 303:
            return self.get(answer.headers["location"])
        self.page = answer.text
        return answer.status_code


def test_an_answer_is_a_label_for_the_title_that_was_seen_and_a_request_with_the_listings_event(desk):
    ana = Reviewer(desk, "ana")
    assert ana.get() == 200
    listing = ana.listing
    assert ana.post("/review/answer", cluster="craft", note="+anyaman") == 200
    ((label, event),) = desk.publisher.published
    assert (label.listing_id, label.cluster, label.labelled_by, label.note) == (listing, "craft", "ana", "anyaman")
    assert label.title == orjson.loads(event)["listing"]["title"]
    assert orjson.loads(event)["listing"]["id"] == listing
    assert not label.withdrawn
    assert abs(label.labelled_at.micros - desk.now().micros) < 10_000_000
    assert "You said" in ana.page
    assert ana.listing != listing


def test_what_was_answered_is_asked_to_nobody_before_the_worker_has_heard_of_it(desk):
    ana, budi = Reviewer(desk, "ana"), Reviewer(desk, "budi")
    ana.get()
    answered = ana.listing
    ana.post("/review/answer", cluster="craft")
    seen = set()
    budi.get()
    while 'name="listing"' in budi.page:
        seen.add(budi.listing)
        budi.post("/review/skip")
    assert answered not in seen
    assert seen


def test_undo_publishes_the_withdrawal_under_the_same_id_and_the_listing_comes_back(desk):
    ana = Reviewer(desk, "ana")
    ana.get()
    listing = ana.listing
    ana.post("/review/answer", cluster="craft")
    ana.post("/review/undo", label=ana.hidden("label"))
    (given, _), (withdrawn, event) = desk.publisher.published
    assert (withdrawn.label_id, withdrawn.withdrawn) == (given.label_id, True)
    assert orjson.loads(event)["listing"]["id"] == listing
    assert ana.listing == listing
    assert desk.queue.waits(listing)
    assert follow_listings([given, withdrawn])[listing].latest is None


def test_nobody_takes_back_what_is_not_theirs_or_not_the_latest(desk):
    ana, budi = Reviewer(desk, "ana"), Reviewer(desk, "budi")
    ana.get()
    listing = ana.listing
    ana.post("/review/answer", cluster="craft")
    label = ana.hidden("label")
    budi.get()
    assert budi.post("/review/undo", label=label) == 409
    budi.get(f"/review?listing={listing}")
    budi.post("/review/answer", cluster="other")
    assert ana.post("/review/undo", label=label) == 409
    assert "cannot be taken back" in ana.page
    assert len(desk.publisher.published) == 2


def test_a_second_person_sees_the_first_answer_only_after_their_own(desk):
    ana, budi = Reviewer(desk, "ana"), Reviewer(desk, "budi", "policy")
    ana.get()
    listing = ana.listing
    ana.post("/review/answer", cluster="craft", note="rahasia")
    budi.get(f"/review?listing={listing}")
    assert "rahasia" not in budi.page
    assert "ana" not in re.sub(r"<[^>]*>", " ", budi.page).split()
    budi.post("/review/answer", cluster="other")
    assert "Others said otherwise; the latest answer holds." in budi.page
    assert follow_listings([label for label, _ in desk.publisher.published])[listing].latest.cluster == "other"


def test_an_answer_to_another_title_or_to_another_persons_listing_is_refused(desk):
    ana, budi = Reviewer(desk, "ana"), Reviewer(desk, "budi")
    ana.get()
    listing = ana.listing
    budi.get()
    assert budi.post("/review/answer", listing=listing, cluster="craft") == 409
    assert "Somebody else looks at this listing now" in budi.page
    feed(desk, [value_with(listing__id=listing, listing__title="Serba baru", listing__revision=99, event_id="E-99")])
    assert ana.post("/review/answer", cluster="craft") == 409
    assert "Its title has changed" in ana.page
    assert ana.post("/review/answer", cluster="craft") == 200
    assert [label.title for label, _ in desk.publisher.published] == ["Serba baru"]


def test_an_event_that_is_not_kept_is_asked_of_the_topic_and_refused_where_it_is_not_there(desk):
    ana = Reviewer(desk, "ana")
    ana.get()
    listing = ana.listing
    newer = value_with(listing__id=listing, listing__title="Serba baru", event_id="E-77")
    (decided,) = desk.serving.live.pipeline.run([FileRecord(newer)], desk.now())
    now = desk.now().micros // 1_000
    desk.board.take_reviews([FileRecord(decided.value, decided.key, timestamp=now)])
    assert ana.post("/review/answer", cluster="craft") == 409
    assert "Its event cannot be had" in ana.page
    desk.publisher.events[listing] = newer
    ana.get()
    assert "Serba baru" in ana.page
    ana.post("/review/answer", cluster="craft")
    assert desk.publisher.published[0][1] == newer


def test_what_the_brokers_refuse_is_told_and_changes_nothing(desk):
    ana = Reviewer(desk, "ana")
    ana.get()
    listing = ana.listing
    desk.publisher.refuses = "TopicAuthorizationFailedError"
    assert ana.post("/review/answer", cluster="craft", note="+tetap") == 409
    assert "The brokers did not take it" in ana.page
    assert "TopicAuthorizationFailedError" in ana.page
    assert ">tetap<" in ana.page.replace(" tetap", "tetap")
    assert ana.listing == listing
    assert desk.board.questions.answers(None, 9) == []


def test_an_unknown_cluster_is_refused(desk):
    ana = Reviewer(desk, "ana")
    ana.get()
    assert ana.post("/review/answer", cluster="elektronik") == 409
    assert "knows no such cluster" in ana.page


@pytest.mark.parametrize(
    "path", ["/review", "/review/answer", "/review/skip", "/review/undo", "/review/hold", "/review/again"]
)
def test_review_asks_for_its_role_and_for_our_own_form(desk, path):
    budi, ana = Reviewer(desk, "budi", "view"), Reviewer(desk, "ana")
    if path == "/review":
        assert budi.get() == 403
        return
    mark = budi.access.mark(Person("budi", "view"))
    assert budi.post(path, mark=mark, listing="D-1", cluster="craft") == 403
    assert ana.post(path, mark="forged", listing="D-1", cluster="craft") == 403
    assert desk.publisher.published == []


def test_the_trail_tells_who_said_what_and_when_and_what_was_taken_back(desk):
    ana = Reviewer(desk, "ana")
    ana.get()
    ana.post("/review/answer", cluster="craft")
    ana.post("/review/undo", label=ana.hidden("label"))
    back, given = desk.board.questions.answers(None, 9)
    assert (given.person, given.cluster, given.withdrawn, back.withdrawn, back.label) == (
        "ana",
        "craft",
        0,
        1,
        given.label,
    )
    # The same labels read from their topic are no more answers.
    values = [label.model_dump_json(by_alias=True).encode() for label, _ in desk.publisher.published]
    desk.board.take_labels([FileRecord(value, given.listing.encode()) for value in values])
    assert len(desk.board.questions.answers(None, 9)) == 2


def test_the_titles_of_this_test_are_in_doubt(desk):
    model = desk.serving.live.pipeline.model
    assert classify(model, list(DOUBTFUL.values())).abstained.all()
