"""What crosses: arguments in, results out, through a real session on each VM."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost import ConversionError, Host, LuaError, LuaSyntaxError, Session, Settings

EXACT = 2**53
NUMBERS = st.integers(-EXACT, EXACT) | st.floats(allow_nan=False)
KEYS = st.text() | st.integers(-EXACT, EXACT)
PLAIN = st.booleans() | NUMBERS | st.text()
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(st.text(), inner, min_size=1, max_size=4),
    max_leaves=20,
)
ECHO = "app = {} function app:same(...) return ... end session:createAppVariable(app)"

quickly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["lua54", "lua55", "luajit21"])
def echo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Returns a session whose `app:same` answers its arguments."""
    site: Path = tmp_path_factory.mktemp("site")
    with Host(site, watch=False, settings=Settings(vm=request.param)) as host:
        session = host.create_session()
        session.execute(ECHO)
        yield session


@quickly
@given(value=NESTED)
def test_call_when_the_argument_is_plain_data_then_it_comes_back(echo: Session, value: object) -> None:
    """Nested lists and dicts of plain values survive the way in and out."""
    assert echo.call("app:same", value) == value


@quickly
@given(values=st.lists(PLAIN, min_size=2, max_size=6))
def test_call_when_there_are_several_values_then_they_come_as_a_tuple(echo: Session, values: list[object]) -> None:
    """Several results are a tuple, in order."""
    assert echo.call("app:same", *values) == tuple(values)


@quickly
@given(raw=st.binary())
def test_call_when_a_string_is_any_bytes_then_it_is_text_if_utf8(echo: Session, raw: bytes) -> None:
    """Strings are bytes inside; they come out as text where they are UTF-8, alone and nested."""
    alone, nested = echo.call("app:same", raw), echo.call("app:same", [raw])[0]
    assert alone == nested
    try:
        assert alone == raw.decode()
    except UnicodeDecodeError:
        assert alone == raw


@quickly
@given(value=st.integers(-(2**63), 2**63 - 1))
def test_call_when_a_number_has_64_bits_then_it_is_kept_or_refused(echo: Session, value: int) -> None:
    """A whole number comes back as it was; where the VM can't keep it, it is ConversionError, never another number."""
    for argument in (value, [value]):
        try:
            assert echo.call("app:same", argument) == argument
        except ConversionError:
            assert abs(value) > EXACT


@quickly
@given(value=st.dictionaries(KEYS.filter(lambda key: key != 0), PLAIN, min_size=1, max_size=5))
def test_call_when_keys_are_numbers_then_a_sequence_is_a_list(echo: Session, value: dict[Any, object]) -> None:
    """A dict comes back as a dict, or as a list if its keys count from 1."""
    back = echo.call("app:same", value)
    assert back == value or back == [value[n] for n in range(1, len(value) + 1)]


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e308, 5e-324, 0.1])
def test_call_when_a_float_is_special_then_it_is_kept(echo: Session, value: float) -> None:
    """Infinities and the smallest and largest floats cross alone and nested."""
    assert (echo.call("app:same", value), echo.call("app:same", [value])) == (value, [value])


def test_call_when_a_float_is_nan_or_minus_zero_then_it_is_kept(echo: Session) -> None:
    """NaN stays NaN; the sign of a nested zero stays."""
    assert math.isnan(echo.call("app:same", math.nan))
    nan, zero = echo.call("app:same", [math.nan, -0.0])
    assert math.isnan(nan)
    assert math.copysign(1, zero) == -1


def test_eval_when_a_table_is_empty_then_it_is_a_list(echo: Session) -> None:
    """An empty table is a list; one with a prototype is an object without fields."""
    assert echo.eval("return {}, {{}}, {a = {}}") == ([], [[]], {"a": []})
    assert echo.eval("return session:create(session:prototype('Empty', {}))") == {}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("{ 1, 2, nil, 4, x = 5 }", {1: 1, 2: 2, 4: 4, "x": 5}),
        ("{ 1, 2, nil, 4 }", {1: 1, 2: 2, 4: 4}),
        ("{ [2] = 'b', [1] = 'a' }", ["a", "b"]),
        ("{ [3] = 'c' }", {3: "c"}),
        ("{ true, x = {} }", {1: True, "x": []}),
    ],
)
def test_eval_when_a_table_has_gaps_or_names_then_nothing_of_it_is_lost(
    echo: Session, code: str, value: object
) -> None:
    """A table whose keys are not 1, 2, 3 … is a dict, wherever the VM keeps its entries."""
    assert echo.eval(f"return {code}") == value


def test_eval_when_values_are_none_or_nil_then_their_number_is_kept(echo: Session) -> None:
    """No value is None, one stands alone, nils among several are kept."""
    assert echo.eval("return") is None
    assert echo.eval("return nil") is None
    assert echo.eval("return nil, 1, nil") == (None, 1, None)


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("return {a = {1, {b = print}}}", r"result\[1\]\.a\[2\]\.b: a function"),
        ("return 1, coroutine.create(print)", r"result\[2\]: a thread"),
        ("local t = {} t.x = {t} return t", r"result\[1\]\.x\[1\]: a cycle"),
        ("return {a = {[1] = 'x', [true] = 'y'}}", r"result\[1\]\.a: a table with both true and 1 as keys"),
        ("return {[false] = 1, [0] = 2}", "both false and 0"),
        ("return {[{}] = 1}", "a table as a key"),
        ("local t = {} for i = 1, 300 do t = {t} end return t", "nested deeper than 200"),
    ],
)
def test_eval_when_a_result_can_not_cross_then_the_error_names_the_path(echo: Session, code: str, path: str) -> None:
    """What has no counterpart in Python is ConversionError with the path to it."""
    with pytest.raises(ConversionError, match=path):
        echo.eval(code)


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, 2**64, [print], {"a": 1j}, "\ud800", {(1, 2): 3}, {"a": 1, b"a": 2}]
)
def test_call_when_an_argument_can_not_cross_then_it_is_refused(echo: Session, value: object) -> None:
    """What has no counterpart in Lua is ConversionError, and the session goes on."""
    with pytest.raises(ConversionError):
        echo.call("app:same", value)
    assert echo.call("app:same", 1) == 1


def test_set_when_a_value_is_written_then_get_reads_it(echo: Session) -> None:
    """`set` and `get` reach fields by names, items from 0."""
    echo.set("app.items", [{"name": "Ann"}, {"name": "Bob"}])
    echo.set("app.items.1.name", "Eve")
    echo.set("app.title", "New")
    assert echo.get("app.items.1.name") == "Eve"
    assert echo.get("app.items") == [{"name": "Ann"}, {"name": "Eve"}]
    assert echo.get("app.title") == "New"


def test_call_when_the_path_names_an_item_then_its_method_is_called(echo: Session) -> None:
    """A path counts items from 0 and ends in a method's name."""
    echo.execute("app.contacts = {{rename = function(self, name) self.name = name return self.name end}}")
    assert echo.call("app.contacts.0:rename", "Ann") == "Ann"
    assert echo.get("app.contacts.0.name") == "Ann"


@pytest.mark.parametrize("path", ["app.nothing.x:go", "app:nothing", "app", "", "app:", "app..x:go", "x" * 5000])
def test_call_when_the_path_leads_nowhere_then_it_is_an_error(echo: Session, path: str) -> None:
    """A wrong path is an error that tells what is wrong, and harms nothing."""
    with pytest.raises((LuaError, ConversionError), match=r"path|method|no field|nil"):
        echo.call(path)
    assert echo.call("app:same", 1) == 1


def test_eval_when_the_text_has_a_mistake_then_the_error_tells_where(echo: Session) -> None:
    """A chunk that doesn't parse is LuaSyntaxError with its line; a beginning of one is incomplete."""
    with pytest.raises(LuaSyntaxError) as wrong:
        echo.eval("\n\nx = = 1")
    with pytest.raises(LuaSyntaxError) as begun:
        echo.eval("for i = 1, 2 do")
    assert (wrong.value.line, wrong.value.incomplete, begun.value.incomplete) == (3, False, True)


def test_eval_when_the_text_is_an_expression_then_the_error_names_return(echo: Session) -> None:
    """A prompt takes an expression, a chunk does not: the error says what is missing there, and only there."""
    with pytest.raises(LuaSyntaxError, match="`return`"):
        echo.eval("1 + 1")
    with pytest.raises(LuaSyntaxError) as other:
        echo.eval("x = = 1")
    assert "return" not in str(other.value)


@pytest.mark.parametrize("ask", ["eval", "execute", "get", "call", "require", "is_loaded"])
def test_session_when_text_is_missing_then_it_is_a_type_error(echo: Session, ask: str) -> None:
    """None for a text is refused before anything runs, in words of Python."""
    with pytest.raises(TypeError, match="a text is expected, not NoneType"):
        getattr(echo, ask)(None)


@pytest.mark.parametrize("name", ["@setup.lua", "setup.lua", "=setup.lua"])
def test_execute_when_it_has_a_name_then_errors_carry_it(echo: Session, name: str) -> None:
    """A chunk's name stands in the errors that it raises, with Lua's mark in front of it or without."""
    with pytest.raises(LuaError, match=r"^setup\.lua:2: broken$") as raised:
        echo.execute("\nerror('broken')", name=name)
    assert raised.value.stack[-1].file == "setup.lua"
