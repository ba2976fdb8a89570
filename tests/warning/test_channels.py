"""What carries notices: what each channel says became of a message, and what it leaves behind."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import Inbox, mail_server, make_certificate, webhook

from whence.errors import OutputError
from whence.warning.channels import Channel, ChannelDownError, Message
from whence.warning.settings import Smtp, Webhook
from whence.warning.to_file import LINES, FileChannel
from whence.warning.to_mail import MailChannel
from whence.warning.to_webhook import WebhookChannel, is_signed, signature

NOW_S = 1_772_000_000
SECRET = "between us"  # noqa: S105  a test's
RIGHT, WRONG = "right", "wrong"


def message(n: int = 1, to: str = "shopper@mail.example") -> Message:
    return Message(
        notice_id=f"{n:032x}", form="email", to=to, language="zh", subject="您的订单信息可能已泄露",
        text="请防范冒充客服的电话。\n核实请自行拨打95013。", at=NOW_S * 1_000_000,
    )  # fmt: skip


def one(channel: Channel, sent: Message | None = None) -> tuple[str, str]:
    (outcome,) = channel.send([sent or message()])
    return outcome.state, outcome.fault


# --- file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["jsonl", "files"])
def test_a_notice_is_written_once_however_often_it_is_sent(tmp_path: Path, form: str) -> None:
    for _ in range(2):
        channel = FileChannel(tmp_path, form)
        for _ in range(2):
            assert one(channel) == ("told", "")
        assert one(channel, message(2)) == ("told", "")
    lines = [line for path in tmp_path.iterdir() for line in path.read_text("utf-8").splitlines()]
    assert sorted(json.loads(line)["notice_id"][-1] for line in lines) == ["1", "2"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_line_that_was_cut_off_is_taken_away_and_written_again(tmp_path: Path) -> None:
    FileChannel(tmp_path, "jsonl").send([message(1), message(2)])
    path = tmp_path / LINES
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    channel = FileChannel(tmp_path, "jsonl")
    channel.send([message(1), message(2)])
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        FileChannel(tmp_path / "taken", "jsonl")


# --- mail ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def mail() -> Iterator[tuple[Inbox, MailChannel]]:
    inbox = Inbox()
    with mail_server(inbox) as port:
        settings = Smtp(
            host="127.0.0.1", port=port, sender="notice@shop.example", security="none", timeout_s=5
        )
        channel = MailChannel(settings)
        yield inbox, channel
        channel.close()


def test_a_mail_arrives_as_it_was_written(mail: tuple[Inbox, MailChannel]) -> None:
    inbox, channel = mail
    assert one(channel) == ("told", "")
    ((name, to, text),) = inbox.got
    assert name == f"<{message().notice_id}@shop.example>"
    assert to == "shopper@mail.example"
    assert text.replace("\r\n", "\n").strip() == message().text


@pytest.mark.parametrize(
    ("fault", "state", "said"),
    [
        ("451", "later", "SMTP 451"),
        ("550", "refused", "SMTP 550"),
        ("lost", "later", "connection lost"),
    ],
)
def test_what_a_mail_server_says_is_for_now_or_for_good(
    mail: tuple[Inbox, MailChannel], fault: str, state: str, said: str
) -> None:
    inbox, channel = mail
    inbox.fault = lambda n: fault if n == 0 else ""
    assert one(channel) == (state, said)
    assert one(channel, message(2)) == ("told", "")  # the next one finds a connection


def test_a_mail_sent_again_has_the_message_id_it_had(mail: tuple[Inbox, MailChannel]) -> None:
    inbox, channel = mail
    inbox.fault = lambda n: "lost" if n == 0 else ""
    assert one(channel)[0] == "later"
    assert one(channel)[0] == "told"
    assert len(inbox.ids) == 2
    assert len(set(inbox.ids)) == 1


def test_a_server_is_believed_only_under_tls_and_with_the_right_certificate(
    certificate: tuple[Path, Path],
) -> None:
    inbox = Inbox()
    with mail_server(inbox, tls=certificate, login=("us", RIGHT)) as port:
        usual = {"host": "127.0.0.1", "port": port, "sender": "notice@shop.example"}

        def tried(**more: str) -> tuple[str, str]:
            channel = MailChannel(Smtp(**usual, **more))  # type: ignore[arg-type]
            try:
                return one(channel)
            finally:
                channel.close()

        ours = str(certificate[0])
        assert tried(user="us", password=RIGHT, ca_file=ours) == ("told", "")
        assert tried(user="us", password=WRONG, ca_file=ours) == ("barred", "SMTP 535")
        assert tried(user="us", password=RIGHT)[0] == "barred"  # nobody vouches for it
    assert len(inbox.got) == 1


def test_a_server_that_offers_no_tls_gets_no_password() -> None:
    inbox = Inbox()
    with mail_server(inbox, login=("us", RIGHT)) as port:
        channel = MailChannel(
            Smtp(host="127.0.0.1", port=port, sender="n@shop.example", user="us", password=RIGHT)
        )
        assert one(channel) == ("barred", "SMTPNotSupportedError")
    assert inbox.n_asked == 0


def test_a_server_that_is_not_there_is_down_and_no_message_is_at_fault() -> None:
    with mail_server(Inbox()) as port:
        pass
    channel = MailChannel(
        Smtp(host="127.0.0.1", port=port, sender="n@shop.example", security="none")
    )
    with pytest.raises(ChannelDownError):
        channel.send([message()])


# --- webhook -------------------------------------------------------------------------------------


def hook(port: int, **more: float) -> WebhookChannel:
    settings = Webhook(url=f"http://127.0.0.1:{port}/notices", secret=SECRET, **more)  # type: ignore[arg-type]
    return WebhookChannel(settings, lambda: NOW_S * 1_000_000)


def test_a_post_carries_its_key_and_a_signature_that_the_other_side_can_check() -> None:
    inbox, seen = Inbox(), []
    with webhook(inbox, see=lambda body, headers: seen.append((body, headers))) as port:
        channel = hook(port)
        assert one(channel) == ("told", "")
        channel.close()
    ((body, headers),) = seen
    signed = headers["Whence-Signature"]
    assert headers["Idempotency-Key"] == message().notice_id
    assert json.loads(body)["text"] == message().text
    assert is_signed(body, SECRET, signed, NOW_S + 60)
    assert not is_signed(body + b" ", SECRET, signed, NOW_S)
    assert not is_signed(body, "another", signed, NOW_S)
    assert not is_signed(body, SECRET, signed, NOW_S + 301)  # a replay
    assert not is_signed(body, SECRET, "nonsense", NOW_S)
    assert signed == signature(body, SECRET, NOW_S)


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("422", "refused"),
        ("400", "refused"),
        ("429", "later"),
        ("503", "later"),
        ("lost", "later"),
        ("401", "barred"),
        ("404", "barred"),
        ("302", "barred"),  # a body with an address in it is not carried elsewhere
    ],
)
def test_what_a_webhook_answers_is_about_the_message_or_about_us(fault: str, state: str) -> None:
    inbox = Inbox(fault=lambda _: fault)
    with webhook(inbox) as port:
        channel = hook(port)
        assert one(channel)[0] == state
        channel.close()


def test_a_message_sent_again_has_the_same_key_and_the_same_body() -> None:
    inbox = Inbox(fault=lambda n: "lost" if n == 0 else "")
    with webhook(inbox) as port:
        channel = hook(port)
        assert one(channel)[0] == "later"
        assert one(channel)[0] == "told"
        channel.close()
    first, second = inbox.got
    assert first == second


def test_a_webhook_that_does_not_answer_in_time_is_asked_again_later() -> None:
    import time  # noqa: PLC0415

    inbox = Inbox(after=lambda _: time.sleep(0.5))
    with webhook(inbox) as port:
        channel = hook(port, timeout_s=0.1)
        assert one(channel)[0] == "later"
        channel.close()


def test_a_webhook_that_is_not_there_is_down() -> None:
    with webhook(Inbox()) as port:
        pass
    channel = hook(port)
    with pytest.raises(ChannelDownError):
        channel.send([message(1), message(2)])
    channel.close()
