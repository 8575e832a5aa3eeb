"""LLVM instructions on sixteen values at once, from which the intrinsics in ``simd`` and ``simd_all`` are written."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils

WIDTH = 16
"""Lanes: keys of a block, cells of a group."""

I1, I16, I32, I64, F32 = ir.IntType(1), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
MASK, INTS, LONGS, FLOATS, DOUBLES = (ir.VectorType(t, WIDTH) for t in (I1, I32, I64, F32, ir.DoubleType()))
POINTERS = ir.VectorType(F32.as_pointer(), WIDTH)

# A lower bound of the logarithm: 127 is the exponent's offset, with room for rounding.
_BEND, _BELOW_127 = 0.2785, -127.0001


class Arrays:
    """Array arguments of an intrinsic, by their position."""

    def __init__(self, context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> None:
        self._context, self._builder, self._types, self._values = context, builder, signature.args, values

    def __call__(self, k: int) -> Any:
        return self._context.make_array(self._types[k])(self._context, self._builder, self._values[k])


def product(builder: ir.IRBuilder, depth: Any, start: Any, term: Callable[[Any], tuple[Any, Any]]) -> Any:
    """Return ``start`` plus the products of a factor and WIDTH values, which ``term`` gives for each of ``depth`` rows."""
    # Two sums, or every product would wait for the previous product.
    even = cgutils.alloca_once_value(builder, start)
    odd = cgutils.alloca_once_value(builder, ir.Constant(FLOATS, [0.0] * WIDTH))
    with cgutils.for_range_slice(builder, I64(0), depth, I64(8)) as (d, _):
        for step in range(8):
            factor, values = term(builder.add(d, I64(step)))
            total = odd if step % 2 else even
            products = [splat(builder, factor, FLOATS), values, builder.load(total)]
            builder.store(call(builder, "llvm.fma", FLOATS, products), total)
    return builder.fadd(builder.load(even), builder.load(odd))


def call(builder: ir.IRBuilder, name: str, result: Any, values: list[Any]) -> Any:
    """Call an LLVM intrinsic that is overloaded by the vector's type."""
    vector = values[0].type
    suffix = {FLOATS: f"v{WIDTH}f32", INTS: f"v{WIDTH}i32", DOUBLES: f"v{WIDTH}f64"}[vector]
    signature = ir.FunctionType(result, [value.type for value in values])
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, f"{name}.{suffix}"), values)


def splat(builder: ir.IRBuilder, value: Any, vector: ir.VectorType) -> Any:
    """Return the value in every lane."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, value, I32(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(INTS, [0] * WIDTH))


def load(builder: ir.IRBuilder, data: Any, index: Any, vector: ir.VectorType) -> Any:
    """Load WIDTH values from ``index`` on; they need not be aligned."""
    pointer = builder.bitcast(builder.gep(data, [index]), vector.as_pointer())
    loaded = builder.load(pointer)
    loaded.align = 4
    return loaded


def store(builder: ir.IRBuilder, data: Any, index: Any, vector: Any) -> None:
    """Store a vector from ``index`` on; the place need not be aligned."""
    builder.store(vector, builder.bitcast(builder.gep(data, [index]), vector.type.as_pointer()), align=4)


def any_of(builder: ir.IRBuilder, mask: Any) -> Any:
    return builder.icmp_unsigned("!=", builder.bitcast(mask, I16), I16(0))


def by_offset(builder: ir.IRBuilder, bias: Any, place: Any, i: Any) -> Any:
    """Return the distance bias of the keys at ``place`` for the query at ``i``."""
    last = builder.sub(builder.extract_value(bias.shape, 0), I64(1))
    shift = builder.trunc(builder.sub(builder.lshr(last, I64(1)), i), I32)
    index = builder.add(place, splat(builder, shift, INTS))
    end = splat(builder, builder.trunc(last, I32), INTS)
    index = builder.select(builder.icmp_unsigned("<", index, end), index, end)
    start = splat(builder, builder.ptrtoint(bias.data, I64), LONGS)
    bytes_on = builder.shl(builder.zext(index, LONGS), ir.Constant(LONGS, [2] * WIDTH))
    pointers = builder.inttoptr(builder.add(start, bytes_on), POINTERS)
    signature = ir.FunctionType(FLOATS, [POINTERS, I32, MASK, FLOATS])
    gather = cgutils.get_or_insert_function(builder.module, signature, f"llvm.masked.gather.v{WIDTH}f32.v{WIDTH}p0")
    everywhere = ir.Constant(MASK, [1] * WIDTH)
    return builder.call(gather, [pointers, I32(4), everywhere, ir.Constant(FLOATS, ir.Undefined)])


def at_most(builder: ir.IRBuilder, distance: Any, slope: Any, nearest: Any) -> Any:
    """Return an upper bound of ``nearest`` - ``slope`` * log2(1 + distance), sixteen places at once and without looking up a
    table: slope >= 0; where the distance is negative, -inf.

    Between powers of two the logarithm lies above a parabola that touches it at both ends, by less than 0.02."""
    start = builder.sitofp(builder.add(distance, ir.Constant(INTS, [1] * WIDTH)), FLOATS)
    bits = builder.bitcast(start, INTS)
    fraction = builder.or_(builder.and_(bits, ir.Constant(INTS, [0x7FFFFF] * WIDTH)), ir.Constant(INTS, [0x3F800000] * WIDTH))
    fraction = builder.bitcast(fraction, FLOATS)
    floats = {value: ir.Constant(FLOATS, [value] * WIDTH) for value in (1.0, 2.0, 2.0**-23, _BELOW_127, _BEND, -math.inf)}
    linear = [builder.sitofp(bits, FLOATS), floats[2.0**-23], floats[_BELOW_127]]
    bend = builder.fmul(builder.fsub(fraction, floats[1.0]), builder.fsub(floats[2.0], fraction))
    log = call(builder, "llvm.fma", FLOATS, [bend, floats[_BEND], call(builder, "llvm.fma", FLOATS, linear)])
    bound = builder.fsub(nearest, builder.fmul(slope, log))
    there = builder.icmp_signed(">=", distance, ir.Constant(INTS, [0] * WIDTH))
    return builder.select(there, bound, floats[-math.inf])


def append(builder: ir.IRBuilder, mask: Any, count: Any, *columns: tuple[Any, Any]) -> Any:
    """Store the lanes under the mask one after another from index ``count`` on, and return their number; what lies behind
    them, up to WIDTH values, is overwritten."""
    for data, lanes in columns:
        suffix = {FLOATS: f"v{WIDTH}f32", INTS: f"v{WIDTH}i32"}[lanes.type]
        signature = ir.FunctionType(lanes.type, [lanes.type, MASK, lanes.type])
        name = f"llvm.experimental.vector.compress.{suffix}"
        # Not a compressing store: to memory, some processors take a hundred cycles for it.
        compress = cgutils.get_or_insert_function(builder.module, signature, name)
        store(builder, data, count, builder.call(compress, [lanes, mask, ir.Constant(lanes.type, ir.Undefined)]))
    return builder.zext(builder.ctpop(builder.bitcast(mask, I16)), I64)


class Highest:
    """The highest of many values, sixteen at a time, and the first place that has it."""

    def __init__(self, builder: ir.IRBuilder, place: Any) -> None:
        """Begin with -inf at ``place``."""
        self._builder = builder
        self._top = cgutils.alloca_once_value(builder, ir.Constant(FLOATS, [-math.inf] * WIDTH))
        self._place = cgutils.alloca_once_value(builder, splat(builder, builder.trunc(place, I32), INTS))

    def add(self, values: Any, start: Any) -> None:
        """Look at the ``values`` at the sixteen places from ``start`` on."""
        builder = self._builder
        top, place = builder.load(self._top), builder.load(self._place)
        above = builder.fcmp_ordered(">", values, top)
        lanes = ir.Constant(INTS, list(range(WIDTH)))
        places = builder.add(splat(builder, builder.trunc(start, I32), INTS), lanes)
        builder.store(builder.select(above, values, top), self._top)
        builder.store(builder.select(above, places, place), self._place)

    def place(self) -> Any:
        """Return where the highest is."""
        builder, top = self._builder, self._builder.load(self._top)
        most = splat(builder, call(builder, "llvm.vector.reduce.fmax", F32, [top]), FLOATS)
        none = ir.Constant(INTS, [2**31 - 1] * WIDTH)
        places = builder.select(builder.fcmp_ordered("==", top, most), builder.load(self._place), none)
        return builder.zext(call(builder, "llvm.vector.reduce.umin", I32, [places]), I64)
