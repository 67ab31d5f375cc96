"""The proxy: what goes in comes out, until it is told otherwise, and again when it is told to pass on."""

import contextlib
import socket
import threading
import time

import pytest

from tests.chaos.proxy import Network, Proxy
from tests.kafka.broker import free_ports


@pytest.fixture
def door():
    """A proxy before a server that gives back what it gets."""
    network, listening = Network(), socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(listening,), daemon=True).start()
    proxy = Proxy(network, free_ports(1)[0], listening.getsockname()[1])
    yield proxy
    proxy.close()
    network.close()
    listening.close()


def serve(listening):
    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=echo, args=(listening.accept()[0],), daemon=True).start()


def echo(connection):
    with connection, contextlib.suppress(OSError):
        while piece := connection.recv(1024):
            connection.sendall(piece)


def call(door, seconds=3.0):
    return socket.create_connection(("127.0.0.1", door.port), timeout=seconds)


def ask(connection, words=b"hello"):
    connection.sendall(words)
    return connection.recv(1024)


def is_broken(connection):
    try:
        return not ask(connection)
    except ConnectionError:
        return True


def test_it_passes_on_both_ways(door):
    with call(door) as connection:
        assert ask(connection) == b"hello"


def test_slow_is_slow_each_way_and_over_when_told(door):
    with call(door) as connection:
        door.slow_down(0.2)
        began = time.monotonic()
        assert ask(connection) == b"hello"
        assert time.monotonic() - began >= 0.4
        door.pass_on()
        began = time.monotonic()
        assert ask(connection) == b"hello"
        assert time.monotonic() - began < 0.2


def test_a_cut_breaks_what_there_is_and_takes_what_comes(door):
    with call(door) as connection:
        assert ask(connection) == b"hello"
        door.cut()
        assert is_broken(connection)
    with call(door) as connection:
        assert ask(connection) == b"hello"


def test_refusing_takes_nobody_until_told(door):
    door.refuse()
    with pytest.raises(ConnectionRefusedError):
        call(door)
    door.pass_on()
    with call(door) as connection:
        assert ask(connection) == b"hello"


def test_what_is_swallowed_comes_when_it_passes_on_again(door):
    with call(door, 0.5) as connection:
        assert ask(connection) == b"hello"
        door.swallow()
        connection.sendall(b"late")
        with pytest.raises(TimeoutError):
            connection.recv(1024)
        door.pass_on()
        assert connection.recv(1024) == b"late"
