"""Which messages of a page reach Streamlit, and what they may cost before."""

from __future__ import annotations

import time

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from dashboard.service.web import messages
from dashboard.service.web.messages import admitted


def rerun(widgets: int, value: str = "") -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = "decision=1"
    message.rerun_script.context_info.timezone_offset = -540
    for number in range(widgets):
        widget = message.rerun_script.widget_states.widgets.add()
        widget.id, widget.string_value = f"w{number}", value
    return message


def flag(name: str) -> bytes:
    message = BackMsg()
    setattr(message, name, True)
    return message.SerializeToString()


def test_the_numbers_are_those_of_streamlit() -> None:
    fields = BackMsg.DESCRIPTOR.fields_by_name
    numbers = {name: field.number for name, field in fields.items()}
    assert numbers["stop_script"] == messages.STOP_SCRIPT and numbers["rerun_script"] == messages.RERUN_SCRIPT
    assert numbers["file_urls_request"] == messages.FILE_URLS and numbers["app_heartbeat"] == messages.HEARTBEAT
    assert numbers["backend_operation_request"] == messages.BACKEND_OPERATION
    assert ClientState.DESCRIPTOR.fields_by_name["widget_states"].number == messages.WIDGET_STATES
    operation = fields["backend_operation_request"].message_type.fields_by_name
    assert {operation[name].number for name in ("request_id", "session_id", "deferred_file")} == messages.OPERATION_FIELDS


@pytest.mark.parametrize(
    "name", ["clear_cache", "load_git_info", "set_run_on_save", "debug_disconnect_websocket", "debug_shutdown_runtime"]
)
def test_what_is_for_developers_is_dropped(name: str) -> None:
    assert admitted(flag(name), signed_in=True) is None
    assert admitted(flag(name) + rerun(1).SerializeToString(), signed_in=True) is None  # two in one
    assert admitted(flag(name), signed_in=False) is None


def test_what_a_page_needs_passes_unchanged() -> None:
    urls, file, skills = BackMsg(), BackMsg(), BackMsg()
    urls.file_urls_request.file_names.extend(["a.log"] * 500)
    file.backend_operation_request.deferred_file.file_id = "x"
    skills.backend_operation_request.install_skills.SetInParent()
    for data in (rerun(30, "x" * 1_000).SerializeToString(), flag("stop_script"), flag("app_heartbeat")):
        assert admitted(data, signed_in=True) == admitted(data, signed_in=False) == data
    for data in (urls.SerializeToString(), file.SerializeToString(), rerun(1_000, "x" * 1_000).SerializeToString()):
        assert admitted(data, signed_in=True) == data
    assert admitted(urls.SerializeToString(), signed_in=False) is None
    assert admitted(file.SerializeToString(), signed_in=False) is None
    assert admitted(skills.SerializeToString(), signed_in=True) is None


@pytest.mark.parametrize(("signed_in", "most"), [(False, messages.MOST_WIDGETS_BEFORE), (True, messages.MOST_WIDGETS)])
def test_too_many_widgets_are_left_out(signed_in: bool, most: int) -> None:
    whole = rerun(most).SerializeToString()
    assert admitted(whole, signed_in=signed_in) == whole
    # In two parts, which protobuf would put together.
    parts = rerun(most)
    again = ClientState()
    again.widget_states.widgets.add().id = "one more"
    data = parts.rerun_script.SerializeToString() + again.SerializeToString()
    cut = admitted(b"\x5a" + messages._number(len(data)) + data, signed_in=signed_in)
    assert cut is not None
    assert BackMsg.FromString(cut) == rerun(0)


def test_what_is_too_large_is_not_looked_at() -> None:
    assert admitted(rerun(1, "x" * messages.MOST_BYTES_BEFORE).SerializeToString(), signed_in=False) is None
    assert admitted(rerun(1, "x" * messages.MOST_BYTES).SerializeToString(), signed_in=True) is None
    begun = time.process_time()
    empty = rerun(0).rerun_script.SerializeToString() + b"\x3a\x00" * 4_000_000  # hashes of nothing
    assert admitted(b"\x5a" + messages._number(len(empty)) + empty, signed_in=True) is None
    assert time.process_time() - begun < 1.0


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_refused_or_pass(data: bytes, signed_in: bool) -> None:
    taken = admitted(data, signed_in=signed_in)
    assert taken is None or taken == data


@given(st.integers(0, 100), st.text(max_size=20), st.data())
def test_a_spoilt_message_is_refused_or_read_as_protobuf_does(widgets: int, value: str, data: st.DataObject) -> None:
    spoilt = bytearray(rerun(widgets, value).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    taken = admitted(bytes(spoilt), signed_in=False)
    if taken is not None:
        try:
            read = BackMsg.FromString(taken)
        except DecodeError:
            return  # Streamlit refuses it
        assert read.WhichOneof("type") in (None, "rerun_script", "stop_script", "app_heartbeat")
        assert len(read.rerun_script.widget_states.widgets) <= messages.MOST_WIDGETS_BEFORE
