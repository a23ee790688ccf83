"""Lanes: in turns, at their seconds, and no host takes all places."""

from hypothesis import given
from hypothesis import strategies as st

from handlers.clock.lanes import Lanes

PLENTY = 10_000


def lanes(*waiting: tuple[float, str, str]) -> Lanes[str]:
    made: Lanes[str] = Lanes()
    for number, (due_s, host, account) in enumerate(waiting):
        made.put(f"{account}{number}", due_s=due_s, host=host, account=account)
    return made


def test_ten_thousand_of_one_account_let_the_others_go_first() -> None:
    line = lanes(*((0.0, "h", "a") for _ in range(10_000)), (1.0, "h", "b"), (1.0, "h", "c"))
    taken = [one.account for one in line.take(1.0, PLENTY * 2, 4)]
    assert sorted(taken[:3]) == ["a", "b", "c"]


def test_within_a_lane_the_order_is_that_of_the_seconds() -> None:
    line = lanes((3.0, "h", "a"), (1.0, "h", "a"), (2.0, "h", "a"), (1.0, "h", "a"))
    assert [one.what for one in line.take(9.0, PLENTY, 9)] == ["a1", "a3", "a2", "a0"]


def test_nothing_goes_before_its_second() -> None:
    line = lanes((5.0, "h", "a"), (7.0, "h", "b"))
    assert line.next_s(1.0, PLENTY) == 5.0
    assert line.take(4.9, PLENTY, 9) == []
    assert [one.what for one in line.take(5.0, PLENTY, 9)] == ["a0"]
    assert line.next_s(5.0, PLENTY) == 7.0
    line.put("early", due_s=6.0, host="h", account="b")
    assert line.next_s(5.0, PLENTY) == 6.0


def test_a_host_alone_gets_half_of_the_places_and_a_second_one_half_of_the_rest() -> None:
    line = lanes(*((0.0, "slow", str(n)) for n in range(500)))
    assert len(line.take(1.0, 100, PLENTY)) == 50
    assert line.next_s(1.0, 50) is None
    for n in range(500):
        line.put("x", due_s=0.5, host="other", account=str(n))
    assert line.next_s(1.0, 50) == 1.0
    assert [one.host for one in line.take(1.0, 50, PLENTY)] == ["other"] * 25
    line.leave("slow")
    line.leave("slow")
    assert line.taken == 73


def test_what_is_put_back_stands_where_it_stood() -> None:
    line = lanes((1.0, "h", "a"), (1.0, "h", "a"))
    (first,) = line.take(2.0, PLENTY, 1)
    line.leave("h")
    line.put_back(first)
    assert [one.what for one in line.take(2.0, PLENTY, 9)] == ["a0", "a1"]
    assert len(line) == 0


def test_cleared_lanes_are_empty_and_go_on() -> None:
    line = lanes((1.0, "h", "a"), (1.0, "h", "b"))
    line.clear()
    assert (len(line), line.take(2.0, PLENTY, 9), line.next_s(2.0, PLENTY)) == (0, [], None)
    line.put("new", due_s=1.0, host="h", account="a")
    assert [one.what for one in line.take(2.0, PLENTY, 9)] == ["new"]


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.floats(0, 50), st.sampled_from("hij"), st.sampled_from("abcd")),
        st.tuples(st.just("take"), st.floats(0, 3), st.integers(0, 12), st.integers(0, 6)),
        st.tuples(st.just("back")),
        st.tuples(st.just("leave")),
    ),
    max_size=80,
)


@given(_steps)
def test_everything_comes_out_once_when_it_is_due_and_never_past_a_hosts_share(steps: list[tuple[object, ...]]) -> None:
    line: Lanes[int] = Lanes()
    waiting: dict[int, float] = {}
    out, now_s, senders = [], 0.0, 12
    for number, step in enumerate(steps):
        match step:
            case ("put", float() | int() as due_s, str() as host, str() as account):
                line.put(number, due_s=due_s, host=host, account=account)
                waiting[number] = due_s
            case ("take", float() | int() as wait_s, int(), int() as most):
                now_s += wait_s
                promised = line.next_s(now_s, senders - line.taken)
                taken = line.take(now_s, senders - line.taken, most)
                assert bool(taken) == (promised is not None and promised <= now_s and most > 0)
                for one in taken:
                    assert waiting.pop(one.what) <= now_s
                out += taken
            case ("back",) if out:
                one = out.pop()
                line.leave(one.host)
                line.put_back(one)
                waiting[one.what] = one.due_s
            case ("leave",) if out:
                line.leave(out.pop(0).host)
            case _:
                pass
        assert len(line) == len(waiting)
        assert line.taken == len(out) <= senders
    while out:
        line.leave(out.pop().host)
    rest: list[int] = []
    while taken := line.take(100.0, senders, senders):
        for one in taken:
            rest.append(one.what)
            line.leave(one.host)
    assert sorted(rest) == sorted(waiting)
