"""Opening a records database, and what a person is told when it can't be used."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from models.errors import StoreUnavailableError, VodaError
from storage.engine import open_engine, reading, writing
from storage.migrate import upgrade
from storage.records import SqlRecords
from tests.servers import Postgres
from tests.storage.records.samples import SetClock, entry, event


def test_sqlite_is_durable_and_reads_while_someone_writes(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'records.db'}")
    with reading(engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_reader_waits_for_no_writer_and_sees_one_state(url: str) -> None:
    engine = open_engine(url)
    with writing(engine) as writer:
        writer.execute(text("INSERT INTO cursors (name, cursor) VALUES ('a', '1')"))
        with reading(engine) as reader:
            assert reader.execute(text("SELECT count(*) FROM cursors")).scalar() == 0
    with reading(engine) as reader:
        assert reader.execute(text("SELECT count(*) FROM cursors")).scalar() == 1
    engine.dispose()


def test_transactions_that_read_before_they_write_never_deadlock(url: str) -> None:
    engine = open_engine(url)
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO counters (name, writer, value) VALUES ('n', '', 0)"))
    errors: list[BaseException] = []

    def count() -> None:
        try:
            for _turn in range(20):
                _count_up(engine)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with reading(engine) as connection:
        assert connection.execute(text("SELECT value FROM counters")).scalar() == 80
    engine.dispose()


def _count_up(engine: Engine) -> None:
    lock = " FOR UPDATE" if engine.dialect.name == "postgresql" else ""
    with writing(engine) as connection:
        value = connection.execute(text(f"SELECT value FROM counters WHERE name = 'n'{lock}")).scalar_one()
        connection.execute(text("UPDATE counters SET value = :value"), {"value": value + 1})


@pytest.mark.parametrize("url", ["not a url", "mysql://user:secret@host/x", "oracle://h", ""])
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(VodaError) as refusal:
        open_engine(url)
    assert refusal.value.code == "records.url"
    assert "secret" not in str(refusal.value)


def test_a_server_that_is_away_is_said_in_one_line_without_the_password(free_port: object) -> None:
    port = free_port()  # type: ignore[operator]  # the fixture gives a function
    with pytest.raises(StoreUnavailableError) as error:
        upgrade(f"postgresql://voda:s3cret@127.0.0.1:{port}/records")
    assert error.value.code == "records.unavailable"
    assert "\n" not in error.value.message
    assert "s3cret" not in str(error.value)
    assert str(port) in error.value.message


def test_a_server_that_comes_back_is_used_again(postgres: Postgres) -> None:
    url = postgres.new_database()
    upgrade(url)
    records = SqlRecords(url, SetClock())
    records.set_cursor("analysis", "1")
    postgres.kill9()
    with pytest.raises(StoreUnavailableError):
        records.cursor("analysis")
    postgres.start()
    assert records.cursor("analysis") == "1"
    records.set_cursor("analysis", "2")
    assert records.cursor("analysis") == "2"
    records.close()


def test_a_plain_postgresql_address_uses_the_installed_driver() -> None:
    engine = open_engine("postgresql://voda@localhost/records")
    assert engine.dialect.driver == "psycopg"
    engine.dispose()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match=r"nowhere/records\.db"):
        upgrade(f"sqlite:///{tmp_path / 'nowhere' / 'records.db'}")


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    file.write_bytes(b"Tohle neni databaze, ale dopis." * 100)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        upgrade(f"sqlite:///{file}")
    assert file.read_bytes() == b"Tohle neni databaze, ale dopis." * 100


def test_a_database_that_stays_locked_is_said(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.engine.BUSY_TIMEOUT_S", 0.2)
    records, holder = SqlRecords(url, SetClock()), SqlRecords(url, SetClock())
    with holder.detecting():
        with pytest.raises(StoreUnavailableError, match="lock"):
            records.save_event(event(), entry())
        assert records.events() == []
    records.save_event(event(), entry())
    assert records.events() == [event()]
    records.close()
    holder.close()
