"""What holds for every format: encodings, line ends, limits, and properties on arbitrary bytes."""

import gzip

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sparsemix.encoding.sequence import TokenSequence
from sparsemix.errors import InputError
from sparsemix.readers import Limits, ReadOptions, read_bytes, read_file, text
from sparsemix.readers.text import text_lines
from tests.support.properties import examples

JAPANESE = "2026-03-02 06:00:12 情報 ST03 コンベアが起動しました\n2026-03-02 06:00:13 警告 ST03 温度が高い\n"


def _note(sequence: TokenSequence, code: str) -> int:
    return next((int(n.split(":")[1]) for n in sequence.notes if n.startswith(f"{code}:")), 0)


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16-le"),
        ("cp932", "cp932"),
        ("euc_jp", "euc-jp"),
    ],
)
def test_encodings_and_packing_give_one_hash(codec: str, name: str) -> None:
    expected = read_bytes(JAPANESE.encode(), "a.log").sha256
    data = JAPANESE.encode(codec)
    half = len(data) // 2
    for packed in (
        data,
        gzip.compress(data),
        gzip.compress(data[:half]) + gzip.compress(data[half:]) + bytes(9),
    ):
        sequence = read_bytes(packed, "other name")
        assert (sequence.encoding, sequence.sha256) == (name, expected)
    assert "gzip" in sequence.notes


def test_half_width_katakana_is_shift_jis() -> None:
    text = "ﾎﾟﾝﾌﾟ ｲｼﾞｮｳ\nﾎﾟﾝﾌﾟ ﾃｲｼ\n"
    sequence = read_bytes(text.encode("cp932"), "a.log")
    assert (sequence.encoding, sequence.events[1].text) == ("cp932", "ﾎﾟﾝﾌﾟ ﾃｲｼ")


def test_mixed_line_endings() -> None:
    sequence = read_bytes(b"a\r\nb\nc\rd", "a.log")
    assert [(e.text, e.line) for e in sequence.events] == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    assert sequence.notes == ("mixed_line_endings",)
    for end in ("\r\n", "\n", "\r"):
        assert read_bytes(f"a{end}b{end}".encode(), "a.log").notes == ()


def test_only_real_line_ends_split() -> None:
    line = "a\u2028b\x0bc\x0cd\x85e\x1cf"
    assert read_bytes(f"{line}\n{'plain ' * 20}".encode(), "a").events[0].text == line


@pytest.mark.parametrize(
    "line",
    [
        "x" * 10**6,
        "2026-03-02 06:00:12 " * 50_000,
        "[" * 10**6,
        '"' * 10**6,
        "a.b" * 333_333,
        "1" * 10**6,
        '{"a":"' + "x" * 10**6 + '"}',
        " " * 10**6 + "x",
    ],
    ids=lambda line: line[:8],
)
@pytest.mark.parametrize("name", ["a.log", "a.csv", "a.jsonl"])
def test_a_line_of_a_million_characters_is_cut(line: str, name: str) -> None:
    data = f'{{"a": 1}}\n{{"b": 2}}\n{line}\nplain line\n'.encode()
    sequence = read_bytes(data, name)
    assert max(len(e.text) for e in sequence.events) <= 10_000


def test_long_lines_are_cut_and_counted() -> None:
    sequence = read_bytes(b"2026-03-02 06:00:12 INFO ST03 " + b"x" * 20_000 + b"\nshort\n", "a.log")
    assert len(sequence.events[0].text) == 10_000
    assert sequence.events[0].source == "ST03"
    assert sequence.notes == ("truncated_lines:1",)


def test_quotes_that_never_close_cost_their_rows_only() -> None:
    sequence = read_bytes(b"a,b\n1,2\n3,4\n" + b'x,"' + b'""' * 200 + b"\n" + b'x,"""\n' * 200_000, "a.csv")
    assert sequence.skipped_counts["unclosed_quote"] > 0


def test_skipped_lines_are_counted_beyond_those_kept() -> None:
    sequence = read_bytes(b'{"a":1}\n' * 3_000 + b"[]\n" * 1_500, "a.jsonl")
    assert len(sequence.skipped) == 1_000
    assert sequence.skipped_counts == {"not_an_object": 1_500}


def test_fifty_thousand_lines_are_read() -> None:
    line = "2026-03-02T06:00:12.345+09:00 INFO ST03 PLC cycle complete temp=21.5 pressure=3\n"
    assert len(read_bytes(line.encode() * 50_000, "a.log")) == 50_000


# Pieces that lead into every reader, beside bytes that lead nowhere.
PIECES = st.sampled_from(
    [
        *(
            b"2026-03-02 06:00:12 ",
            b"Feb 29 06:00:12 h a: ",
            b"<9>1 - - - ",
            b"[",
            b"]",
            b"{",
            b"}",
            b'{"a": 1}',
        ),
        *(
            b"\n",
            b"\r",
            b"\r\n",
            b",",
            b";",
            b"\t",
            b'"',
            b'""',
            b"time,level\n",
            b"\x82\xa0",
            b"\xa4\xa2",
            b"\xe3",
        ),
        *(
            b"11/13/2026 05:53:29 PM ",
            "2026/11/13 午後5:53 ".encode(),
            b"Level,Date and Time,Source,Event ID,Task Category\nError,11/13/2026 5:53:29 AM,Disk,7,None,bad\n",
            b'<Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">',
            b"</Event></Events>",
            b"#TYPE a\n",
            b"time,message,n\n1,pump has stopped,1\n",
            b"9999999999",
            b"0001-01-01 00:00:00+09:00 ",
            b"9999-12-31 23:59:60 ",
            b"\xff\xfe",
            b"\x1f\x8b\x08",
            b" ",
        ),
    ]
)
BYTES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.one_of(PIECES, st.binary(max_size=5)), max_size=40).map(b"".join),
    st.binary(max_size=100).map(gzip.compress),
)
NAMES = st.one_of(st.sampled_from(["a.log", "a.csv", "a.jsonl", "a.json", "a.tsv.gz"]), st.text(max_size=20))
QUIET = examples(200, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(BYTES, NAMES)
def test_arbitrary_bytes_raise_input_error_or_nothing(data: bytes, name: str) -> None:
    try:
        sequence = read_bytes(data, name)
    except InputError as error:
        assert error.code != "invalid"
        assert str(error)
        return
    assert len(sequence) >= 2
    assert sequence == read_bytes(data, name)
    assert sequence.sha256
    for event in sequence.events:
        event.message.encode("utf-8")
        assert "\0" not in event.message


# The first word settles the encoding: no UTF-8 sequence starts with the bytes of Shift-JIS kana.
JAPANESE_LINES = st.lists(
    st.text(st.sampled_from("abcXYZ 019,;:=<>[]|-あいうえおかんアイウエオ温度設備停止正常"), max_size=30),
    min_size=2,
).map(lambda lines: "\n".join(f"あ{line}" for line in lines))


@QUIET
@given(JAPANESE_LINES)
def test_encoding_and_packing_do_not_change_the_hash(text: str) -> None:
    hashes = {
        read_bytes(data, "a.log", Limits(min_events=1)).sha256
        for data in (
            text.encode(),
            text.encode("cp932"),
            gzip.compress(text.encode("cp932")),
            text.encode("utf-16"),
        )
    }
    assert len(hashes) == 1


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "",
                    "  ",
                    "  at x",
                    "2026-03-02 06:00:12 INFO x",
                    "plain",
                    "1,2",
                    "1,2,3",
                    '"open,2',
                    'a,"b',
                ),
                *('"1","2"', '{"a": 1}', "[1]", "{", "time,level", "a,b", "n,message", "1,pump is on", "#TYPE a"),
            ]
        ),
        st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20),
    ),
    max_size=30,
)


@QUIET
@given(LINES, st.sampled_from(["a.log", "a.csv", "a.jsonl"]), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_line_is_accounted_for(lines: list[str], name: str, end: str) -> None:
    data = "".join(line + end for line in lines).encode()
    try:
        sequence = read_bytes(data, name, Limits(min_events=1))
    except InputError:
        return
    if data.lstrip().startswith(b"[") and sequence.source_format == "jsonl":
        return  # objects of an array are not bound to lines
    header = sequence.source_format in ("csv", "events")
    accounted = len(sequence) + sum(sequence.skipped_counts.values()) + _note(sequence, "joined_lines") + header
    assert accounted == len(lines)


@pytest.mark.parametrize(
    ("name", "record", "begin", "end"),
    [
        ("a.log", "2026-03-02T10:00:00Z INFO step {at}\n  at frame", "", ""),
        ("a.csv", "2026-03-02T10:00:00Z,PLC,step {at} is done", "time,source,message\n", ""),
        ("a.jsonl", '{{"time": "2026-03-02T10:00:00Z", "message": "step {at}"}}', "", ""),
        ("a.json", '{{"time": "2026-03-02T10:00:00Z", "message": "step {at}"}}{comma}', "[", "]"),
    ],
)
def test_the_share_of_a_file_that_was_read_is_told(name: str, record: str, begin: str, end: str) -> None:
    told: list[float] = []
    records = [record.format(at=at, comma="," * (at < 32_767)) for at in range(32_768)]
    read_file((begin + "\n".join(records) + end).encode(), name, Limits(), ReadOptions(), told.append)
    assert told == pytest.approx([0.0, 0.25, 0.5, 0.75], abs=1e-3)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_text_that_is_decoded_in_parts_has_the_same_lines_and_errors(monkeypatch: pytest.MonkeyPatch, mark: bytes) -> None:
    data = mark + "ä first\r\n\r\n\U0001f680 second\nthird\rfourth\n\n  \nfifth".encode()
    whole = text_lines(data, Limits())
    bad = data.replace(b"fifth", b"\xfffth")
    with pytest.raises(InputError) as refused:
        text_lines(bad, Limits())
    for part in range(1, len(data)):
        monkeypatch.setattr(text, "_PART", part)
        assert text_lines(data, Limits()) == whole
        with pytest.raises(InputError) as said:
            text_lines(bad, Limits())
        assert str(said.value) == str(refused.value) and said.value.params["position"] == bad.index(b"\xfffth")
    assert whole.lines == ["ä first", "", "\U0001f680 second", "third", "fourth", "", "  ", "fifth"]
    assert whole.notes == ["byte_order_mark"] * bool(mark) + ["mixed_line_endings"]
